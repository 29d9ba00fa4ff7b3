using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>One BGP session of a node, for people.</summary>
/// <param name="Peer">Name of the BGPPeer.</param>
/// <param name="Router">Where the router is, as metrics label it: <c>address:port</c>, or <c>interface:port</c> of an unnumbered session.</param>
/// <param name="State"><see cref="Established"/> or <see cref="Down"/>: the states between attempts are no news.</param>
/// <param name="Since">When it last came up or went down.</param>
/// <param name="Trouble">Why there is no session, in words; empty where there is one, or where nothing is wrong yet.</param>
/// <param name="Bfd">The state of the BFD session that watches it (RFC 5880 section 6.8.1); empty without one.</param>
public sealed record BgpSessionView(string Peer, string Router, string State, DateTimeOffset Since, string Trouble, string Bfd)
{
    public const string Established = "Established", Down = "Down";

    public bool IsUp => State == Established;
}

/// <summary>An address that a node owns at Layer 2, and the first of the Services that hold it.</summary>
public sealed record OwnedAddress(IpAddress Address, ObjectKey Service, DateTimeOffset Since);

/// <summary>What a speaker says about its own node: its NodeState.</summary>
/// <param name="Sessions">Sorted by peer.</param>
/// <param name="Maintenance">How far the node is on its way out of service.</param>
public sealed record NodeReport(string Node, ValueArray<BgpSessionView> Sessions, MaintenancePhase Maintenance = MaintenancePhase.None)
{
    /// <summary>The interfaces that can be used for Layer 2, sorted by name; null where that is not told (yet).</summary>
    public ValueArray<NodeInterface>? Interfaces { get; init; }

    /// <summary>Whether the speaker hears those of the other nodes; null where that is not told (yet).</summary>
    public ConditionReport? Heartbeats { get; init; }

    /// <summary>What the node owns at Layer 2, sorted by address; null where that is not told (yet).</summary>
    public FirstOf<OwnedAddress>? Owned { get; init; }

    /// <summary>Of the speaker; null where it is not told.</summary>
    public string? Version { get; init; }
}
