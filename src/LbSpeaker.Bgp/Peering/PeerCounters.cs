using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Peering;

/// <summary>Counts of one session's life; one writes, anybody reads.</summary>
internal sealed class PeerCounters
{
    private static readonly int Types = (int)MessageType.RouteRefresh + 1;

    private readonly long[] sent = new long[Types], received = new long[Types];
    private long faults, established;

    public ReceivedRoutes Routes { get; } = new();

    public void Sent(MessageType type, long count = 1) => Interlocked.Add(ref sent[(int)type], count);

    public void Received(MessageType type) => Interlocked.Increment(ref received[(int)type]);

    public void Faulty(int count) => Interlocked.Add(ref faults, count);

    public void Up() => Interlocked.Increment(ref established);

    public BgpPeerCounters Read()
    {
        static long Of(long[] counts, MessageType type) => Interlocked.Read(ref counts[(int)type]);
        return new(
            Of(sent, MessageType.Open), Of(received, MessageType.Open), Of(sent, MessageType.Update), Of(received, MessageType.Update),
            Of(sent, MessageType.Keepalive), Of(received, MessageType.Keepalive), Of(sent, MessageType.Notification), Of(received, MessageType.Notification),
            Of(sent, MessageType.RouteRefresh), Of(received, MessageType.RouteRefresh), Routes.Announced, Routes.Withdrawn, Interlocked.Read(ref faults), Interlocked.Read(ref established));
    }
}
