using LbSpeaker.Bgp.Session;

namespace LbSpeaker.Bgp.Peering;

/// <summary>What comes into the mailbox of a <see cref="PeerActor"/>.</summary>
internal abstract record PeerMessage
{
    private PeerMessage() { }

    /// <summary>What the announcer has to say to the state machine.</summary>
    public sealed record Happened(SessionEvent Event) : PeerMessage;

    /// <summary>Our OPEN on the connection was sent a while ago.</summary>
    public sealed record OpenOverdue(int Connection) : PeerMessage;

    public sealed record Alarm(SessionTimer Timer) : PeerMessage;

    /// <summary>Other routes are desired; which, the actor reads itself.</summary>
    public sealed record RoutesChanged : PeerMessage
    {
        public static RoutesChanged Instance { get; } = new();
    }

    /// <summary>The router of an unnumbered session has shown itself, or has not for too long.</summary>
    public sealed record NeighborChanged(Neighbor? Neighbor) : PeerMessage;

    public sealed record Dialed(int Connection, IPeerTransport Transport) : PeerMessage;

    public sealed record Accepted(IPeerTransport Transport) : PeerMessage;

    /// <param name="Octets">0: the router has closed.</param>
    public sealed record ReadDone(PeerConnection Connection, int Octets) : PeerMessage;

    public sealed record WriteDone(PeerConnection Connection) : PeerMessage;

    /// <summary>An attempt to connect, a read or a write has failed.</summary>
    public sealed record Failed(int Connection, SessionEnd End) : PeerMessage;
}
