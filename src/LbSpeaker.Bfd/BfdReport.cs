using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd;

/// <summary>What keeps a session from sending or hearing at all. A closed set whose names are an API; README.md lists them. The engine tries again every second.</summary>
public enum BfdFault : byte
{
    None,
    /// <summary>There is no link or VRF of that name.</summary>
    InterfaceMissing,
    /// <summary>The local address is not on this node.</summary>
    AddressMissing,
    /// <summary>Another program has the UDP port to receive on: another BFD daemon on this node.</summary>
    PortInUse,
    /// <summary>The system refuses the socket or the packet: a capability or a firewall rule.</summary>
    NotPermitted,
    /// <summary>There is no route to the peer, or its link is down.</summary>
    Unreachable,
    /// <summary>The system takes the packet for another reason not.</summary>
    SendFailed,
}

/// <summary>How the echo function of a session stands. A closed set whose names are an API.</summary>
public enum EchoStanding : byte
{
    /// <summary>Not asked for.</summary>
    Off,
    /// <summary>The session is not Up, or the peer does not loop echoes.</summary>
    Waiting,
    /// <summary>Echoes are sent and none ever came back: the peer does not forward them. Control packets alone watch the path.</summary>
    Unproven,
    /// <summary>Echoes watch the path.</summary>
    Active,
    /// <summary>This process may not open packet sockets (capability NET_RAW), or the neighbor's hardware address is not known.</summary>
    Unavailable,
}

/// <summary>Counts since the session was wanted.</summary>
/// <param name="Notifications">How often users were told of a change.</param>
public readonly record struct BfdCounters(long ControlIn, long ControlOut, long EchoIn, long EchoOut, long Up, long Down, long Notifications);

/// <summary>One session at a moment.</summary>
/// <param name="Reason">None while it is Up.</param>
/// <param name="TransmitInterval">The agreed interval of our packets, before jitter.</param>
/// <param name="ReceiveInterval">The agreed interval of the peer's packets, before jitter.</param>
/// <param name="DetectionTime">How long the peer may be silent; zero while it has not been heard.</param>
/// <param name="LastChange">When the state last changed; the start of the session at first.</param>
public sealed record BfdSessionReport(
    BfdSessionKey Key,
    BfdState State,
    DownReason Reason,
    BfdFault Fault,
    BfdState RemoteState,
    BfdDiagnostic Diagnostic,
    BfdDiagnostic RemoteDiagnostic,
    uint LocalDiscriminator,
    uint RemoteDiscriminator,
    BfdInterval TransmitInterval,
    BfdInterval ReceiveInterval,
    TimeSpan DetectionTime,
    EchoStanding Echo,
    DateTimeOffset LastChange,
    BfdCounters Counters);

/// <summary>All sessions at a moment.</summary>
/// <param name="Sessions">Sorted by peer, then by the text of the key.</param>
public sealed record BfdReport(ValueArray<BfdSessionReport> Sessions)
{
    public static BfdReport Empty { get; } = new([]);

    internal static BfdReport Of(IEnumerable<BfdSessionReport> sessions) =>
        new(sessions.OrderBy(s => s.Key.Peer).ThenBy(s => s.Key.ToString(), StringComparer.Ordinal).ToValueArray());
}
