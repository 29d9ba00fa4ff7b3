using System.Diagnostics.Metrics;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Heartbeat;

/// <summary>The instruments of the room, by their Prometheus names. README.md lists them.</summary>
public sealed class HeartbeatMetrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Heartbeat";

    internal Meter Meter { get; } = new(MeterName);
    private readonly Counter<long> late, lost;

    internal HeartbeatMetrics(Func<HeartbeatReport> report)
    {
        Meter.CreateObservableGauge("lbspeaker_heartbeat_members", () =>
        {
            ValueArray<MemberReport> members = report().Members;
            return Enum.GetValues<MemberState>().Select(s => new Measurement<long>(members.Count(m => m.State == s), new KeyValuePair<string, object?>("state", s.ToString())));
        }, description: "speakers of other nodes, by how they stand");
        Meter.CreateObservableGauge("lbspeaker_heartbeat_member_up", () => report().Members.Where(m => m.IsWatched).Select(m => new Measurement<long>(m.State == MemberState.Alive ? 1 : 0, Node(m))),
            description: "1 where the speaker of the watched node is alive, by our own heartbeats or a witness");
        Meter.CreateObservableGauge("lbspeaker_heartbeat_path_up", () => report().Members.Where(m => m.IsWatched).Select(m => new Measurement<long>(m.State == MemberState.Alive && !m.IsPathFailed ? 1 : 0, Node(m))),
            description: "1 where heartbeats of the watched node come through to this one");
        Meter.CreateObservableCounter("lbspeaker_heartbeat_discarded_total",
            () => report().Counters.Discarded.Select(d => new Measurement<long>(d.Datagrams, new KeyValuePair<string, object?>("reason", d.Reason.ToString()))),
            description: "datagrams that were read and dropped, by reason");
        late = Meter.CreateCounter<long>("lbspeaker_heartbeat_late_total", description: "how often heartbeats of the watched node stayed away for so long that others were asked or it was found dead");
        lost = Meter.CreateCounter<long>("lbspeaker_heartbeat_lost_total", description: "how often the speaker of the watched node was found dead");
    }

    public void Dispose() => Meter.Dispose();

    /// <summary>Counts those of the watched that fell silent, and those that have died, between the two. The watchers of the others count them.</summary>
    internal void Compare(HeartbeatReport before, HeartbeatReport next)
    {
        Count(late, m => m.State is MemberState.Suspected or MemberState.Dead || m.IsPathFailed);
        Count(lost, m => m.State == MemberState.Dead);

        void Count(Counter<long> counter, Func<MemberReport, bool> isSo)
        {
            HashSet<string> known = [.. before.Members.Where(isSo).Select(m => m.Node)];
            foreach (MemberReport member in next.Members)
                if (member.IsWatched && isSo(member) && !known.Contains(member.Node)) counter.Add(1, Node(member));
        }
    }

    private static KeyValuePair<string, object?> Node(MemberReport member) => new("node", member.Node);
}
