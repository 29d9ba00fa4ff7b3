using System.Diagnostics.Metrics;
using LbSpeaker.Bfd.Engine;
using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd;

/// <summary>The instruments of the room, by their Prometheus names; those that begin with <c>metallb_</c> are MetalLB's. README.md lists them.</summary>
public sealed class BfdMetrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Bfd";

    private static readonly string[] Reasons = Enum.GetNames<DiscardReason>();
    private readonly Meter meter = new(MeterName);
    private readonly Counter<long> discarded;
    private readonly Func<BfdReport> report;

    internal BfdMetrics(Func<BfdReport> report, Func<IEnumerable<(ReceiverKey Socket, long Datagrams)>> dropped)
    {
        this.report = report;
        // One gauge a peer: up where all its sessions are.
        meter.CreateObservableGauge("metallb_bfd_session_up", () => Observe(sessions => sessions.All(s => s.State == BfdState.Up) ? 1 : 0), description: "1 where the session with the peer is up");
        Count("metallb_bfd_control_packet_input", c => c.ControlIn, "control packets received");
        Count("metallb_bfd_control_packet_output", c => c.ControlOut, "control packets sent");
        Count("metallb_bfd_echo_packet_input", c => c.EchoIn, "echo packets that came back");
        Count("metallb_bfd_echo_packet_output", c => c.EchoOut, "echo packets sent");
        Count("metallb_bfd_session_up_events", c => c.Up, "how often the session came up");
        Count("metallb_bfd_session_down_events", c => c.Down, "how often the session went down");
        Count("metallb_bfd_zebra_notifications", c => c.Notifications, "how often the users of the session were told of a change");
        discarded = meter.CreateCounter<long>("lbspeaker_bfd_discarded_total", description: "datagrams that were read and dropped, by reason");
        meter.CreateObservableCounter("lbspeaker_bfd_socket_drops_total",
            () => dropped().Select(d => new Measurement<long>(d.Datagrams, new("port", (long)d.Socket.Port), new("family", d.Socket.Family.ToString()), new("vrf", d.Socket.Vrf ?? ""))),
            description: "datagrams that the kernel dropped unread: another TTL than 255 on a single hop, or a full buffer");
    }

    internal void Discarded(DiscardReason reason) => discarded.Add(1, new KeyValuePair<string, object?>("reason", Reasons[(int)reason]));

    public void Dispose() => meter.Dispose();

    private void Count(string name, Func<BfdCounters, long> counter, string description) =>
        meter.CreateObservableCounter(name, () => Observe(sessions => sessions.Sum(s => counter(s.Counters))), description: description);

    private IEnumerable<Measurement<long>> Observe(Func<IEnumerable<BfdSessionReport>, long> value) => report().Sessions
        .GroupBy(s => (s.Key.PeerLabel, Vrf: s.Key.Vrf ?? "default"))
        .Select(peer => new Measurement<long>(value(peer), new("peer", peer.Key.PeerLabel), new("vrf", peer.Key.Vrf)));
}
