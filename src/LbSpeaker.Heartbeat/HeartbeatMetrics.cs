using System.Diagnostics.Metrics;

namespace LbSpeaker.Heartbeat;

/// <summary>The instruments of the room, by their Prometheus names. README.md lists them.</summary>
public sealed class HeartbeatMetrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Heartbeat";

    private readonly Meter meter = new(MeterName);
    private readonly Counter<long> lost;

    internal HeartbeatMetrics(Func<HeartbeatReport> report)
    {
        meter.CreateObservableGauge("lbspeaker_heartbeat_member_up", () => report().Members.Select(m => new Measurement<long>(m.State == MemberState.Alive ? 1 : 0, new KeyValuePair<string, object?>("node", m.Node))),
            description: "1 where the speaker of the node is alive, by our own heartbeats or a witness");
        meter.CreateObservableCounter("lbspeaker_heartbeat_discarded_total",
            () => report().Counters.Discarded.Select(d => new Measurement<long>(d.Datagrams, new KeyValuePair<string, object?>("reason", d.Reason.ToString()))),
            description: "datagrams that were read and dropped, by reason");
        lost = meter.CreateCounter<long>("lbspeaker_heartbeat_lost_total", description: "how often the speaker of the node was found dead");
    }

    public void Dispose() => meter.Dispose();

    /// <summary>Counts those that have died between the two.</summary>
    internal void Compare(HeartbeatReport before, HeartbeatReport next)
    {
        HashSet<string> dead = [.. before.Members.Where(m => m.State == MemberState.Dead).Select(m => m.Node)];
        foreach (MemberReport member in next.Members)
            if (member.State == MemberState.Dead && !dead.Contains(member.Node)) lost.Add(1, new KeyValuePair<string, object?>("node", member.Node));
    }
}
