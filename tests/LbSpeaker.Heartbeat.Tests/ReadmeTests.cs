using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace LbSpeaker.Heartbeat.Tests;

/// <summary>What the room's README says of names, settings and metrics is what there is.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Heartbeat.README.md"));

    [Theory]
    [InlineData("MemberState", typeof(MemberState))]
    [InlineData("DiscardReason", typeof(DiscardReason))]
    public void Every_name_of_a_closed_set_stands_in_its_table_with_a_meaning(string heading, Type names) => Assert.Equal(Enum.GetNames(names), Rows("### " + heading));

    [Fact]
    public void Every_setting_stands_in_the_table() =>
        Assert.Equal(typeof(HeartbeatSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name), Rows("## Settings"));

    [Fact]
    public void Every_metric_stands_in_the_table()
    {
        List<string> published = [];
        using MeterListener listener = new();
        using HeartbeatMetrics metrics = new(() => HeartbeatReport.Empty);
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == HeartbeatMetrics.MeterName && !published.Contains(instrument.Name)) published.Add(instrument.Name);
        };
        listener.Start();
        Assert.Equal(published.Order(StringComparer.Ordinal), Rows("### Metrics").Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Rows(string heading)
    {
        int start = Readme.IndexOf("\n" + heading + "\n", StringComparison.Ordinal) + 1;
        Assert.True(start > 0, $"no section {heading}");
        string rest = Readme[(start + heading.Length)..];
        string section = rest[..(NextHeading().Match(rest) is { Success: true } next ? next.Index : rest.Length)];
        (string Name, string Meaning)[] rows = [.. Row().Matches(section).Select(m => (m.Groups[1].Value, m.Groups[2].Value))];
        Assert.All(rows, r => Assert.True(r.Meaning.Length > 10, $"{r.Name} says nothing"));
        return rows.Select(r => r.Name);
    }

    [GeneratedRegex(@"^\| `(\w+)` \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^##", RegexOptions.Multiline)]
    private static partial Regex NextHeading();
}
