namespace LbSpeaker.Bgp.Session;

/// <summary>Why a session, or an attempt at one, came to nothing. A closed set whose names are an API (reports, metrics, logs); README.md lists them.</summary>
public enum SessionEndReason
{
    /// <summary>The router answered that nobody listens there (TCP RST, ICMP port unreachable).</summary>
    ConnectRefused,
    /// <summary>No answer in time. A router with another MD5 password, or one that takes packets of a higher TTL only, is silent too.</summary>
    ConnectTimedOut,
    /// <summary>There is no way to the router: no route, or a hop says so.</summary>
    Unreachable,
    /// <summary>The source address is not on this node.</summary>
    SourceAddressMissing,
    /// <summary>The interface or the VRF device does not exist.</summary>
    InterfaceMissing,
    /// <summary>The kernel refuses something that the session needs, by its settings or for lack of a capability.</summary>
    NotPermitted,
    /// <summary>The router closed the connection without a NOTIFICATION, or TCP gave up.</summary>
    ConnectionLost,
    /// <summary>The router ended it with a NOTIFICATION.</summary>
    NotificationReceived,
    /// <summary>Nothing came from the router for the hold time (RFC 4271 section 6.5).</summary>
    HoldTimerExpired,
    /// <summary>The router took nothing for the send hold time (RFC 9687).</summary>
    SendHoldTimerExpired,
    /// <summary>The router is of another AS than configured (RFC 4271 section 6.2).</summary>
    WrongPeerAs,
    /// <summary>The router of our own AS has our BGP identifier (RFC 6286 section 2.2).</summary>
    DuplicateIdentifier,
    /// <summary>The router speaks none of the address families that we would announce.</summary>
    NoCommonFamily,
    /// <summary>The router sent something that the RFCs forbid; a NOTIFICATION told it.</summary>
    MalformedMessage,
    /// <summary>The router sent a message that has no place at that moment (RFC 6608).</summary>
    UnexpectedMessage,
    /// <summary>The router connected anew while the old session seemed to run: it has restarted (RFC 4724 section 5).</summary>
    PeerRestarted,
    /// <summary>BFD says that the path is broken (RFC 5882).</summary>
    BfdDown,
    /// <summary>The peer is gone from this node's plan.</summary>
    Deconfigured,
    /// <summary>Other settings: a new session follows.</summary>
    SettingsChanged,
    /// <summary>The speaker stops.</summary>
    Shutdown,
}

/// <param name="Text">A sentence for people, without a secret in it.</param>
public sealed record SessionEnd(SessionEndReason Reason, string Text);
