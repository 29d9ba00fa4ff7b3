using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement.Bgp;

/// <summary>Some nodes announce whatever address of a pool and family to one router in one way.</summary>
/// <param name="Length">Of the prefix.</param>
/// <param name="Nodes">Sorted.</param>
internal readonly record struct BgpRouteGroup(string Peer, int Length, BgpRouteAttributes Attributes, bool IsWeighted, ValueArray<string> Nodes);

/// <summary>What a set of BGPAdvertisements comes to for the addresses of one pool and family, before the Service's endpoints are asked.</summary>
/// <param name="Refusals">Nodes that an advertisement selects and that are silent, sorted.</param>
internal sealed record BgpReached(ValueArray<BgpRouteGroup> Groups, ValueArray<Refusal> Refusals)
{
    /// <summary>No advertisement of the set selects any node.</summary>
    public bool IsNowhere => Groups.IsEmpty && Refusals.IsEmpty;
}

/// <summary>
/// Which nodes announce to which routers. Services with the same set of BGPAdvertisements share the answer, and there are few sets. Lives as long as its
/// configuration and nodes.
/// </summary>
internal sealed class BgpReach(CompiledConfig config, ClusterSnapshot snapshot, AnnouncementOptions options)
{
    private readonly Dictionary<(ValueArray<int> Advertisements, string Pool, IpFamily Family), BgpReached> known = [];

    public ValueArray<int> Matching(ServiceView service, IReadOnlySet<string> pools) => AdvertisementMatch.Of(config.BgpAdvertisements, service, pools);

    public bool HasAdvertisements => !config.BgpAdvertisements.IsEmpty;

    /// <param name="advertisements">Of <see cref="Matching"/>; those that do not select the pool are passed over.</param>
    public BgpReached Of(ValueArray<int> advertisements, string pool, IpFamily family)
    {
        if (!known.TryGetValue((advertisements, pool, family), out BgpReached? reached))
        {
            CompiledBgpAdvertisement[] selecting = [.. advertisements.AsEnumerable().Select(i => config.BgpAdvertisements[i]).Where(a => a.Pools.Contains(pool))];
            known[(advertisements, pool, family)] = reached = Reach(selecting, family);
        }
        return reached;
    }

    private BgpReached Reach(CompiledBgpAdvertisement[] advertisements, IpFamily family)
    {
        Dictionary<(string Peer, int Length, BgpRouteAttributes Attributes, bool IsWeighted), List<string>> nodesOf = [];
        List<Refusal> refusals = [];
        foreach (NodeView node in snapshot.Nodes.Values)
        {
            CompiledBgpAdvertisement[] allowing = [.. advertisements.Where(a => a.NodeSelectors.AnyMatches(node.Labels))];
            if (allowing.Length == 0) continue;
            RefusalReason? against = NodeStanding.Against(node, snapshot, options);
            // Who plans for its own node lives, whatever is seen of its Lease. By BGP no owner has to be agreed on, and routes that are missing while a speaker
            // starts or stops would undo a graceful restart.
            if (against == RefusalReason.NoLiveSpeaker && node.Name == options.Node) against = null;
            against ??= node.Maintenance == MaintenancePhase.Withdrawn ? RefusalReason.NodeInMaintenance : null;
            Dictionary<(string Peer, int Length), CompiledBgpAdvertisement> routes = [];
            if (against is null) against = Gather(node, allowing, family, routes);
            if (against is { } reason)
            {
                refusals.Add(new(AnnouncementProtocol.Bgp, node.Name, reason));
                continue;
            }
            foreach (((string peer, int length), CompiledBgpAdvertisement merged) in routes)
            {
                BgpRouteAttributes attributes = node.Maintenance == MaintenancePhase.Draining ? merged.Attributes.ForShutdown() : merged.Attributes;
                (string, int, BgpRouteAttributes, bool) key = (peer, length, attributes, merged.IsWeighted);
                if (!nodesOf.TryGetValue(key, out List<string>? nodes)) nodesOf[key] = nodes = [];
                nodes.Add(node.Name);
            }
        }
        return new(
            nodesOf.Select(g => new BgpRouteGroup(g.Key.Peer, g.Key.Length, g.Key.Attributes, g.Key.IsWeighted, g.Value.ToValueArray()))
                .OrderBy(g => g.Length).ThenBy(g => g.Peer, StringComparer.Ordinal).ThenBy(g => g.Nodes[0], StringComparer.Ordinal).ToValueArray(),
            refusals.ToValueArray());
    }

    /// <summary>What the advertisements come to on one node: for each session and prefix length one of them, with the communities of all. Or why there is nothing.</summary>
    private RefusalReason? Gather(NodeView node, CompiledBgpAdvertisement[] advertisements, IpFamily family, Dictionary<(string Peer, int Length), CompiledBgpAdvertisement> routes)
    {
        foreach (CompiledBgpPeer peer in config.BgpPeers)
        {
            if (!peer.NodeSelectors.AnyMatches(node.Labels) || !peer.Settings.Carries(family)) continue;
            foreach (CompiledBgpAdvertisement advertisement in advertisements)
            {
                if (!advertisement.Peers.IsEmpty && !advertisement.Peers.Contains(peer.Settings.Name)) continue;
                (string, int) key = (peer.Settings.Name, family == IpFamily.IPv4 ? advertisement.LengthV4 : advertisement.LengthV6);
                if (!routes.TryGetValue(key, out CompiledBgpAdvertisement? before)) routes[key] = advertisement;
                else if (before.Attributes.AgreesWith(advertisement.Attributes) || advertisement.Yields || before.Yields) routes[key] = Merge(before, advertisement);
                else return RefusalReason.ConflictingAdvertisements;
            }
        }
        return routes.Count == 0 ? RefusalReason.NoMatchingPeer : null;
    }

    private static CompiledBgpAdvertisement Merge(CompiledBgpAdvertisement before, CompiledBgpAdvertisement other)
    {
        (CompiledBgpAdvertisement stands, CompiledBgpAdvertisement adds) = before.Yields && !other.Yields ? (other, before) : (before, other);
        return stands with { Attributes = stands.Attributes.Merge(adds.Attributes), IsWeighted = stands.IsWeighted || adds.IsWeighted };
    }
}
