using System.Collections.Immutable;

namespace LbSpeaker.Core.Announcement.Bgp;

/// <summary>One session of this node, and what is announced on it.</summary>
public sealed record BgpPeerPlan(BgpPeerSettings Settings, BgpRouteSet Routes);

/// <summary>What this node does by BGP: the sessions that it is to have, by the name of their BGPPeer.</summary>
public sealed record BgpPlan(ImmutableSortedDictionary<string, BgpPeerPlan> Peers)
{
    public static BgpPlan Empty { get; } = new(ImmutableSortedDictionary.Create<string, BgpPeerPlan>(StringComparer.Ordinal));

    public bool Equals(BgpPlan? other) => other is not null && (ReferenceEquals(Peers, other.Peers) || Peers.SequenceEqual(other.Peers));

    public override int GetHashCode() => Peers.Count;
}
