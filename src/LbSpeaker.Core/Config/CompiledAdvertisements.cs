using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>What checked advertisements of both protocols say: whose addresses, from which nodes.</summary>
/// <param name="Pools">The names of the pools that it selects, sorted; resolved from names and labels.</param>
public abstract record CompiledAdvertisement(ObjectKey Key, ValueArray<string> Pools, ValueArray<LabelSelector> NodeSelectors, ValueArray<LabelSelector> ServiceSelectors);

/// <summary>Where L2Advertisement nodes are preferred: <paramref name="Weight"/> (1 to 100) is added for a node that matches.</summary>
public sealed record PreferredNodes(int Weight, LabelSelector Preference);

/// <summary>A checked L2Advertisement.</summary>
/// <param name="Interfaces">Exact names, sorted; empty means all.</param>
public sealed record CompiledL2Advertisement(
    ObjectKey Key,
    ValueArray<string> Pools,
    ValueArray<LabelSelector> NodeSelectors,
    ValueArray<LabelSelector> ServiceSelectors,
    ValueArray<string> Interfaces,
    ValueArray<PreferredNodes> PreferredNodes) : CompiledAdvertisement(Key, Pools, NodeSelectors, ServiceSelectors)
{
    /// <summary>What it announces is spread evenly over the nodes again by itself, slowly.</summary>
    public bool Rebalances { get; init; }
}

/// <summary>A checked BGPAdvertisement.</summary>
/// <param name="Peers">Names of BGPPeers, sorted; empty means all.</param>
/// <param name="LengthV4">Of announced IPv4 prefixes, 1 to 32.</param>
/// <param name="LengthV6">Of announced IPv6 prefixes, 0 to 128.</param>
/// <param name="IsWeighted">Each node adds how many ready endpoints it has.</param>
public sealed record CompiledBgpAdvertisement(
    ObjectKey Key,
    ValueArray<string> Pools,
    ValueArray<LabelSelector> NodeSelectors,
    ValueArray<LabelSelector> ServiceSelectors,
    ValueArray<string> Peers,
    int LengthV4,
    int LengthV6,
    BgpRouteAttributes Attributes,
    bool IsWeighted) : CompiledAdvertisement(Key, Pools, NodeSelectors, ServiceSelectors)
{
    /// <summary>In force although at fault: where it disagrees with another, the other stands.</summary>
    public bool Yields { get; init; }
}

/// <summary>A checked BGPPeer.</summary>
/// <param name="NodeSelectors">Nodes that have this session; empty: all.</param>
public sealed record CompiledBgpPeer(ObjectKey Key, BgpPeerSettings Settings, ValueArray<LabelSelector> NodeSelectors);
