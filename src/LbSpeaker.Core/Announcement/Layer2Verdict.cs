using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>
/// What one Service by itself says about Layer 2, before the Services that share its addresses are asked: the nodes that may own it, and
/// why the others may not.
/// </summary>
internal sealed record Layer2Verdict(
    ServiceView Service,
    ValueArray<IpAddress> Addresses,
    ValueArray<string?> PoolOfAddress,
    ValueArray<int> Advertisements,
    ValueArray<OwnerCandidate> Candidates,
    ValueArray<Refusal> Refusals)
{
    /// <summary>The checks stand in the order in which a person would ask: is the address ours, does anything advertise it, is anybody there to serve, then node by node.</summary>
    public static Layer2Verdict Of(ServiceView service, ServiceHolding holding, ClusterSnapshot snapshot, CompiledConfig config, AdvertisementReach reach)
    {
        string?[] poolOfAddress = [.. holding.Addresses.Select(address => PoolOf(address, holding.Pools, config))];
        HashSet<string> pools = [.. poolOfAddress.OfType<string>()];
        Layer2Verdict Silent(RefusalReason reason, ValueArray<int> advertisements = default) =>
            new(service, holding.Addresses, [.. poolOfAddress], advertisements, [], [new Refusal(AnnouncementProtocol.Layer2, null, reason)]);

        if (pools.Count == 0) return Silent(RefusalReason.AddressNotInPool);
        ValueArray<int> advertisements = reach.Matching(service, pools);
        ReadOnlySpan<ReachedNode> nodes = reach.Nodes(advertisements);
        if (nodes.IsEmpty) return Silent(RefusalReason.NoMatchingAdvertisement, advertisements);
        ServiceEndpoints endpoints = snapshot.EndpointsOf(service.Key);
        if (!endpoints.AnyServing) return Silent(RefusalReason.NoEndpoints, advertisements);

        List<OwnerCandidate> candidates = [];
        List<Refusal> refusals = [];
        foreach (ReachedNode node in nodes)
        {
            RefusalReason? against = node.Against
                ?? (service.LocalTraffic && !endpoints.ServingNodes.Contains(node.Name) ? RefusalReason.NoLocalEndpoints : null);
            if (against is { } reason) refusals.Add(new(AnnouncementProtocol.Layer2, node.Name, reason));
            else candidates.Add(new(node.Name, node.Preference));
        }
        if (pools.Count > 1)
            foreach (OwnerCandidate lesser in candidates.ToLookup(c => Shortfall(c.Node, poolOfAddress, advertisements, reach)).OrderBy(g => g.Key).Skip(1).SelectMany(g => g))
            {
                candidates.Remove(lesser);
                refusals.Add(new(AnnouncementProtocol.Layer2, lesser.Node, RefusalReason.NotOwner));
            }
        return new(service, holding.Addresses, [.. poolOfAddress], advertisements, [.. candidates], [.. refusals]);
    }

    /// <summary>
    /// One node owns both addresses. Where they are of two pools, and not every node is to announce both, those that are go first, and then those
    /// that announce the first address.
    /// </summary>
    /// <returns>0 where the node announces every address; the less the better.</returns>
    private static int Shortfall(string node, string?[] poolOfAddress, ValueArray<int> advertisements, AdvertisementReach reach)
    {
        int shortfall = 0;
        foreach (string? pool in poolOfAddress)
            shortfall = shortfall * 2 + (pool is not null && reach.Interfaces(advertisements, pool, node) is not null ? 0 : 1);
        return shortfall;
    }

    /// <summary>
    /// The pool that the Service says the address came from, as long as it covers it, or is frozen (its addresses may be unreadable now, and what it gave stays);
    /// else the first by name that covers it, one that is ready before one that is frozen.
    /// </summary>
    private static string? PoolOf(IpAddress address, ValueArray<string> named, CompiledConfig config)
    {
        string? ready = null, frozen = null, namedFrozen = null;
        foreach (CompiledPool pool in config.Pools)
        {
            bool isNamed = named.Contains(pool.Name);
            if (isNamed && pool.State == PoolState.Frozen) namedFrozen ??= pool.Name;
            if (!pool.Covers(address)) continue;
            if (isNamed) return pool.Name;
            if (pool.State == PoolState.Ready) ready ??= pool.Name; else frozen ??= pool.Name;
        }
        return ready ?? namedFrozen ?? frozen;
    }
}
