using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace LbSpeaker.Bfd.Tests;

/// <summary>What the room's README says of names, settings, metrics and tests is what there is.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Bfd.README.md"));

    [Theory]
    [InlineData("DownReason", typeof(DownReason))]
    [InlineData("BfdFault", typeof(BfdFault))]
    [InlineData("EchoStanding", typeof(EchoStanding))]
    [InlineData("DiscardReason", typeof(DiscardReason))]
    public void Every_name_of_a_closed_set_stands_in_its_table_with_a_meaning(string heading, Type names) => Assert.Equal(Enum.GetNames(names), Rows("### " + heading));

    [Fact]
    public void Every_setting_stands_in_the_table() =>
        Assert.Equal(typeof(BfdSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name), Rows("## Settings"));

    [Fact]
    public void Every_metric_stands_in_the_table()
    {
        List<string> published = [];
        using MeterListener listener = new();
        using BfdMetrics metrics = new(() => BfdReport.Empty, () => []);
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == BfdMetrics.MeterName && !published.Contains(instrument.Name)) published.Add(instrument.Name);
        };
        listener.Start();
        Assert.Equal(published.Order(StringComparer.Ordinal), Rows("### Metrics").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_test_that_is_named_exists()
    {
        string section = Section("## Standards");
        string[] interop = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Interop"), "*Tests.cs").Select(File.ReadAllText)];
        (string Type, string Method)[] named = [.. TestName().Matches(section).Select(m => (m.Groups[1].Value, m.Groups[2].Value))];
        Assert.True(named.Length > 40);
        foreach ((string type, string method) in named)
        {
            bool here = typeof(ReadmeTests).Assembly.GetTypes().Any(t => t.Name == type && t.GetMethod(method) is not null);
            bool there = interop.Any(text => text.Contains($"class {type}(", StringComparison.Ordinal) && text.Contains($"void {method}(", StringComparison.Ordinal));
            Assert.True(here || there, $"there is no test {type}.{method}");
        }
        // No row without a test.
        Assert.All(section.Split('\n').Where(l => DemandRow().IsMatch(l)), l => Assert.Matches(TestName(), l));
    }

    private static string Section(string heading)
    {
        int start = Readme.IndexOf("\n" + heading + "\n", StringComparison.Ordinal) + 1;
        Assert.True(start > 0, $"no section {heading}");
        string rest = Readme[(start + heading.Length)..];
        int end = NextHeading().Match(rest) is { Success: true } next ? next.Index : rest.Length;
        return rest[..end];
    }

    private static IEnumerable<string> Rows(string heading)
    {
        (string Name, string Meaning)[] rows = [.. Row().Matches(Section(heading)).Select(m => (m.Groups[1].Value, m.Groups[2].Value))];
        Assert.All(rows, r => Assert.True(r.Meaning.Length > 10, $"{r.Name} says nothing"));
        return rows.Select(r => r.Name);
    }

    [GeneratedRegex(@"^\| `(\w+)` \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^##", RegexOptions.Multiline)]
    private static partial Regex NextHeading();

    [GeneratedRegex(@"`(\w+)\.(\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\| 588\d \d")]
    private static partial Regex DemandRow();
}
