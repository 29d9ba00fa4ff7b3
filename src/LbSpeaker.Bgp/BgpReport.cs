using System.Collections.Immutable;
using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp;

/// <summary>How often sessions, and attempts at one, ended so.</summary>
public readonly record struct SessionEndCount(SessionEndReason Reason, long Count);

/// <summary>What has gone and come since the session's settings were last changed. An UPDATE that marks the end of routes (End-of-RIB) counts too.</summary>
/// <param name="ReceivedPrefixes">Announced by the router, each time that it did; none is kept.</param>
/// <param name="UpdateFaults">Findings in the router's UPDATEs that did not end the session (RFC 7606).</param>
public readonly record struct BgpPeerCounters(
    long OpensSent, long OpensReceived, long UpdatesSent, long UpdatesReceived, long KeepalivesSent, long KeepalivesReceived, long NotificationsSent, long NotificationsReceived,
    long RefreshesSent, long RefreshesReceived, long ReceivedPrefixes, long WithdrawnPrefixes, long UpdateFaults, long Established)
{
    /// <summary>Those that have occurred, in the order of the enumeration.</summary>
    public ValueArray<SessionEndCount> Ends { get; init; }

    public long TotalSent => OpensSent + UpdatesSent + KeepalivesSent + NotificationsSent + RefreshesSent;

    public long TotalReceived => OpensReceived + UpdatesReceived + KeepalivesReceived + NotificationsReceived + RefreshesReceived;
}

/// <summary>What two OPENs have come to, for people.</summary>
/// <param name="RouterName">As the router calls itself; empty where it does not.</param>
/// <param name="Families">Those that are exchanged.</param>
/// <param name="Capabilities">The router's, in its order.</param>
/// <param name="RoutesOutliveUs">The router keeps our routes while we restart (RFC 4724).</param>
public sealed record BgpAgreement(
    uint LocalAs, IpAddress LocalIdentifier, uint RemoteAs, IpAddress RemoteIdentifier, string RouterName, TimeSpan HoldTime, TimeSpan KeepaliveTime,
    ValueArray<string> Families, ValueArray<string> Capabilities, bool RoutesOutliveUs);

/// <summary>One session at a moment.</summary>
/// <param name="Peer">Where the router is, as metrics label it: <c>address:port</c>, or <c>interface:port</c> of an unnumbered session.</param>
/// <param name="Vrf">Empty: none.</param>
/// <param name="Since">When it came into this state.</param>
/// <param name="Waiting">What keeps it from beginning.</param>
/// <param name="Local">Our end of the connection; null where there is none. So are the other three.</param>
/// <param name="LastEnd">Why the last session, or the last attempt at one, came to nothing; null where none did.</param>
/// <param name="OnWire">What the router has been told in this session and not been told to forget.</param>
/// <param name="Desired">How many routes it is to be told.</param>
/// <param name="Pending">How many changes are still to be sent.</param>
/// <param name="Withheld">Routes that cannot be sent in this session.</param>
public sealed record BgpPeerReport(
    string Name, string Peer, string Vrf, BgpState State, DateTimeOffset Since, StartDenial Waiting, IpAddress? Local, IpAddress? Remote, BgpAgreement? Agreement,
    SessionEnd? LastEnd, DateTimeOffset? LastEndAt, BgpRouteSet OnWire, int Desired, int Pending, ValueArray<WithheldRoutes> Withheld)
{
    public bool IsUp => State == BgpState.Established;

    /// <summary>The router takes the connection, and has not said a word on it for <see cref="PatienceWithOpen"/>.</summary>
    public bool IsUnanswered { get; init; }

    public BgpPeerCounters Counters { get; init; }

    /// <summary>Whom to reach: the configured address, or the router that has shown itself on the interface; null while none has.</summary>
    public IpAddress? Router { get; init; }

    /// <summary>After that long a router that accepts and is silent is told of, although RFC 4271 section 8.2.2 lets it take four minutes.</summary>
    public static TimeSpan PatienceWithOpen { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Why there is no session, in words; null where there is one, or where nothing is wrong yet.</summary>
    public string? Trouble =>
        IsUp ? null
        : Waiting.HasFlag(StartDenial.PasswordMissing) ? "the Secret with the password is not there"
        : Waiting.HasFlag(StartDenial.NoNeighbor) ? "no router has shown itself on the interface"
        : Waiting.HasFlag(StartDenial.BfdNotUp) ? "BFD is not up, and the session is to wait for it"
        : IsUnanswered ? "the router accepts the connection and sends no OPEN"
        : LastEnd?.Text;

    /// <summary>Zero while the session is not established.</summary>
    public TimeSpan Uptime(DateTimeOffset now) => IsUp ? now - Since : TimeSpan.Zero;
}

/// <summary>All sessions of this node at a moment, by the name of their BGPPeer.</summary>
/// <param name="Faults">What the announcer as a whole cannot do; sorted sentences.</param>
public sealed record BgpReport(ImmutableSortedDictionary<string, BgpPeerReport> Peers, ValueArray<string> Faults)
{
    public static BgpReport Empty { get; } = new(ImmutableSortedDictionary.Create<string, BgpPeerReport>(StringComparer.Ordinal), []);

    public bool Equals(BgpReport? other) => other is not null && Faults == other.Faults && Peers.SequenceEqual(other.Peers);

    public override int GetHashCode() => Peers.Count;
}
