using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Peering;

/// <summary>Counts of one session's life; one writes, anybody reads.</summary>
internal sealed class PeerCounters
{
    private static readonly int Types = (int)MessageType.RouteRefresh + 1;

    private static readonly SessionEndReason[] Reasons = Enum.GetValues<SessionEndReason>();

    private readonly long[] sent = new long[Types], received = new long[Types], ends = new long[Reasons.Length];
    private long faults, established;

    public ReceivedRoutes Routes { get; } = new();

    public void Sent(MessageType type, long count = 1) => Interlocked.Add(ref sent[(int)type], count);

    public void Received(MessageType type) => Interlocked.Increment(ref received[(int)type]);

    public void Faulty(int count) => Interlocked.Add(ref faults, count);

    public void Ended(SessionEndReason reason) => Interlocked.Increment(ref ends[(int)reason]);

    public void Up() => Interlocked.Increment(ref established);

    public BgpPeerCounters Read()
    {
        static long Of(long[] counts, MessageType type) => Interlocked.Read(ref counts[(int)type]);
        return new BgpPeerCounters(
            Of(sent, MessageType.Open), Of(received, MessageType.Open), Of(sent, MessageType.Update), Of(received, MessageType.Update),
            Of(sent, MessageType.Keepalive), Of(received, MessageType.Keepalive), Of(sent, MessageType.Notification), Of(received, MessageType.Notification),
            Of(sent, MessageType.RouteRefresh), Of(received, MessageType.RouteRefresh), Routes.Announced, Routes.Withdrawn, Interlocked.Read(ref faults), Interlocked.Read(ref established))
        {
            Ends = [.. Reasons.Select(r => new SessionEndCount(r, Interlocked.Read(ref ends[(int)r]))).Where(e => e.Count > 0)],
        };
    }
}
