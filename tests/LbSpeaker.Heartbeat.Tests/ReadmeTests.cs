using System.Reflection;
using LbSpeaker.Testing;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Heartbeat.Tests;

/// <summary>What the room's README says of names, settings and metrics is what there is.</summary>
public sealed class ReadmeTests
{
    private static readonly RoomReadme Readme = new("LbSpeaker.Heartbeat");

    [Theory]
    [InlineData("MemberState", typeof(MemberState))]
    [InlineData("DiscardReason", typeof(DiscardReason))]
    public void Every_name_of_a_closed_set_stands_in_its_table_with_a_meaning(string heading, Type names) => Assert.Equal(Enum.GetNames(names), Readme.Names("### " + heading));

    [Fact]
    public void Every_setting_stands_in_the_table() =>
        Assert.Equal(typeof(HeartbeatSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name), Readme.Names("## Settings"));

    [Fact]
    public void Every_metric_stands_in_the_table()
    {
        using HeartbeatMetrics metrics = new(() => HeartbeatReport.Empty);
        Assert.Equal(RecordedMetrics.Published(HeartbeatMetrics.MeterName), Readme.Names("### Metrics").Order(StringComparer.Ordinal));
    }
}
