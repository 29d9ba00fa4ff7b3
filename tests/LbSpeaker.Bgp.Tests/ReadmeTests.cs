using System.IO.Enumeration;
using System.Reflection;
using System.Text.RegularExpressions;
using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Tests.Wire;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;

namespace LbSpeaker.Bgp.Tests;

/// <summary>The tables in the room's README say what the code has, and what they point at exists.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Every_error_stands_in_the_registry_with_its_numbers() =>
        Assert.Equal(Enum.GetValues<NotificationError>().Select(e => $"`{e}` {e.Code}/{e.Subcode}"), Rows("### NotificationError").Select(r => $"{r[0]} {r[1]}"));

    [Theory]
    [InlineData("### ErrorAction", typeof(ErrorAction))]
    [InlineData("### AttributeFault", typeof(AttributeFault))]
    [InlineData("### SessionEndReason", typeof(SessionEndReason))]
    [InlineData("### StartDenial", typeof(StartDenial))]
    [InlineData("### WithheldReason", typeof(WithheldReason))]
    public void Every_name_stands_in_its_table_with_a_meaning(string heading, Type names)
    {
        Assert.Equal(Enum.GetNames(names).Select(n => $"`{n}`"), Rows(heading).Select(r => r[0]));
        Assert.All(Rows(heading), r => Assert.True(r[1].Length > 10, $"{r[0]} says nothing"));
    }

    [Fact]
    public void The_attributes_stand_as_in_the_code() =>
        Assert.Equal(AttributeTable.Rows.Select(Cells), Rows("### Attributes").Select(r => string.Join(" | ", r)));

    private static string Cells(AttributeRow row) => string.Join(" | ", row.Name, (byte)row.Type, FlagsOf(row), row.Presence, row.Source, row.Malformed, row.WrongValue, row.Rfc);

    private static string FlagsOf(AttributeRow row) => row.Flags switch
    {
        AttributeFlags.Transitive => "well-known",
        AttributeFlags.Optional => "optional non-transitive",
        _ => "optional transitive",
    };

    /// <summary>A name with a slash is a case or a pattern of cases, one that begins so is a cell of the matrix of real routers, any other is a test.</summary>
    [Fact]
    public void What_must_be_is_shown_by_what_there_is()
    {
        string[][] rows = Rows("### What must be, and what shows it");
        Assert.True(rows.Length > 80);
        IEnumerable<MethodInfo> methods = typeof(ReadmeTests).Assembly.GetTypes().SelectMany(t => t.GetMethods());
        HashSet<string> tests = [.. methods.Where(m => m.GetCustomAttribute<FactAttribute>() is not null).Select(m => m.Name)];
        string[] cells = [.. Rows("## With real routers").Select(r => $"cell: {r[0]}")];
        string[] cases = [.. HexCase.Files.Select(f => f[..^".hex".Length])];
        foreach (string[] row in rows)
        {
            string[] shown = [.. Quoted().Matches(row[2]).Select(m => m.Groups[1].Value)];
            Assert.NotEmpty(shown);
            foreach (string name in shown) Assert.True(tests.Contains(name) || cells.Contains(name) || cases.Any(c => FileSystemName.MatchesSimpleExpression(name, c)), $"{row[0]}: there is no {name}");
        }
    }

    private static string[][] Rows(string heading)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Bgp.README.md"));
        int start = text.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"no section {heading}");
        string section = NextHeading().Split(text[(start + heading.Length + 2)..])[0];
        return [.. section.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(l => l.Trim('|', ' ').Split(" | "))];
    }

    [GeneratedRegex("^#+ ", RegexOptions.Multiline)]
    private static partial Regex NextHeading();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
