using System.Text.RegularExpressions;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Linux;
using LbSpeaker.Testing;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Layer2.Tests;

/// <summary>The tables in the two rooms' READMEs name exactly what the code has.</summary>
public sealed partial class ReadmeTests
{
    private static readonly RoomReadme Readme = new("LbSpeaker.Layer2");

    [Theory]
    [InlineData("LbSpeaker.Layer2", typeof(IgnoreReason))]
    [InlineData("LbSpeaker.Layer2", typeof(UnreachableReason))]
    [InlineData("LbSpeaker.Layer2", typeof(HeardBy))]
    [InlineData("LbSpeaker.Layer2", typeof(ConflictOutcome))]
    [InlineData("LbSpeaker.Linux", typeof(SendOutcome))]
    public void Every_reason_stands_in_its_table_with_a_meaning(string room, Type reasons)
    {
        (string Name, string[] Cells)[] rows = new RoomReadme(room).Rows($"### {reasons.Name}");
        Assert.Equal(Enum.GetNames(reasons), rows.Select(r => r.Name));
        Assert.All(rows, r => Assert.True(r.Cells[0].Length > 10, $"{r.Name} says nothing"));
    }

    [Fact]
    public void Every_metric_stands_in_its_table_with_its_labels()
    {
        using Layer2Metrics metrics = new(() => { });
        metrics.Of(IpAddress.Parse("192.0.2.1"));
        metrics.Of("eth0");
        IEnumerable<string> counted = RecordedMetrics.Read(metrics.Meter).Keys.Select(k => $"{k.Split('{')[0]}: {string.Join(", ", Label().Matches(k).Select(m => $"`{m.Groups[1].Value}`"))}");
        Assert.Equal(counted.Distinct().Order(), Readme.Rows("### Metrics").Select(r => $"{r.Name}: {r.Cells[0]}").Order());
    }

    /// <summary>Whatever is said to show that a standard is kept, or a defect avoided, is there.</summary>
    [Fact]
    public void Every_case_and_test_that_is_named_exists()
    {
        string text = Readme.Text;
        string tests = string.Concat(new[] { "LbSpeaker.Layer2.Tests", "LbSpeaker.Interop.Tests" }
            .SelectMany(p => Directory.GetFiles(Repository.PathOf("tests", p), "*.cs", SearchOption.AllDirectories)).Select(File.ReadAllText));
        string[] named = [.. Named().Matches(text[text.IndexOf("\n## Standards", StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value)];
        Assert.True(named.Length > 50);
        Assert.All(named, n => Assert.True(
            n.Contains('/') ? File.Exists(Repository.PathOf("tests", "LbSpeaker.Layer2.Tests", "Cases", n + ".hex")) : Regex.IsMatch(tests, $@"\b(void|Task) {n}\("), n));
    }

    [Fact]
    public void Every_requirement_is_full_part_or_not_and_what_is_kept_is_shown()
    {
        (string[] Cells, int Line)[] rows = [.. Readme.Section("## Standards").Split('\n').Where(l => Regex.IsMatch(l, "^\\| (RFC|IEEE) ")).Select((l, i) => (l.Split('|')[1..^1], i))];
        Assert.True(rows.Length > 20);
        Assert.All(rows, r => Assert.Contains(r.Cells[3].Trim(), (string[])["full", "part", "not"]));
        Assert.All(rows.Where(r => r.Cells[3].Trim() != "not"), r => Assert.Matches(Named(), r.Cells[4]));
    }

    [GeneratedRegex(@"[{,](\w+)=")]
    private static partial Regex Label();

    /// <summary>A case (<c>Arp/request</c>) or a test, whose name is a sentence.</summary>
    [GeneratedRegex(@"`((?:Arp|Ndp|Gratuitous)/[\w-]+|\w*[a-z\d]_\w+_\w+)`")]
    private static partial Regex Named();
}
