using System.Diagnostics.Metrics;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Heartbeat.Tests;

/// <summary>What the metrics tell of other speakers: all of them in sum, and each of those alone that this one watches.</summary>
public sealed class HeartbeatMetricsTests
{
    [Fact]
    public void Only_a_watched_node_has_series_of_its_own_and_a_silence_counts_once()
    {
        HeartbeatReport report = Of(Watched("a", MemberState.Alive), Watched("b", MemberState.Alive), Told("c", MemberState.Alive));
        using HeartbeatMetrics metrics = new(() => report);
        SortedDictionary<string, long> counted = new(StringComparer.Ordinal), told = new(StringComparer.Ordinal);
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == metrics.Meter && instrument.Name != "lbspeaker_heartbeat_discarded_total") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            string name = $"{instrument.Name["lbspeaker_heartbeat_".Length..]} {tags[0].Value}";
            if (instrument.IsObservable) told[name] = value; else counted[name] = counted.GetValueOrDefault(name) + value;
        });
        listener.Start();

        Next(Watched("a", MemberState.Suspected), Watched("b", MemberState.Alive) with { IsPathFailed = true }, Told("c", MemberState.Dead));
        Next(Watched("a", MemberState.Dead), Watched("b", MemberState.Alive) with { IsPathFailed = true }, Told("c", MemberState.Dead));
        listener.RecordObservableInstruments();
        Assert.Equal(
            ["member_up a=0", "member_up b=1", "members Alive=1", "members Dead=2", "members Leaving=0", "members Suspected=0", "members Unheard=0", "path_up a=0", "path_up b=0"],
            told.Select(t => $"{t.Key}={t.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(["late_total a=1", "late_total b=1", "lost_total a=1"], counted.Select(c => $"{c.Key}={c.Value}"));

        Next(Watched("a", MemberState.Alive), Watched("b", MemberState.Alive), Told("c", MemberState.Alive));
        Next(Watched("a", MemberState.Dead), Watched("b", MemberState.Alive), Told("c", MemberState.Alive));
        Assert.Equal(["late_total a=2", "late_total b=1", "lost_total a=2"], counted.Select(c => $"{c.Key}={c.Value}"));

        void Next(params MemberReport[] members)
        {
            HeartbeatReport before = report;
            report = Of(members);
            metrics.Compare(before, report);
        }
    }

    private static HeartbeatReport Of(params MemberReport[] members) => HeartbeatReport.Empty with { Members = members.ToValueArray() };

    private static MemberReport Watched(string node, MemberState state) => Told(node, state) with { IsWatched = true };

    private static MemberReport Told(string node, MemberState state) => new(node, state, DateTimeOffset.UnixEpoch, false, "");
}
