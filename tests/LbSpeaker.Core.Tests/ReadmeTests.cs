using System.Text.RegularExpressions;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Core.Tests;

/// <summary>The tables of reasons in the room's README name exactly what the code has.</summary>
public sealed partial class ReadmeTests
{
    [Theory]
    [InlineData("AllocationDecision", typeof(AllocationDecision))]
    [InlineData("AllocationReason", typeof(AllocationReason))]
    [InlineData("ProblemReason", typeof(ProblemReason))]
    [InlineData("RefusalReason", typeof(RefusalReason))]
    [InlineData("ConflictOutcome", typeof(ConflictOutcome))]
    [InlineData("SelectionFault", typeof(SelectionFault))]
    [InlineData("ConfigStanding", typeof(ConfigStanding))]
    public void Every_reason_stands_in_its_table_with_a_meaning(string heading, Type reasons)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Core.README.md"));
        string section = text.Split("\n### ").Single(s => s.StartsWith(heading + "\n", StringComparison.Ordinal));
        (string Name, string Meaning)[] rows = [.. Row().Matches(section.Split("\n## ")[0]).Select(m => (m.Groups[1].Value, m.Groups[2].Value))];
        Assert.Equal(Enum.GetNames(reasons), rows.Select(r => r.Name));
        Assert.All(rows, r => Assert.True(r.Meaning.Length > 10, $"{r.Name} says nothing"));
    }

    [GeneratedRegex(@"^\| `(\w+)` \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
