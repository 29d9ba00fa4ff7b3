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
    ServiceView Service, ValueArray<IpAddress> Addresses, ValueArray<string?> PoolOfAddress, ValueArray<int> Advertisements, Candidacy Candidacy)
{
    public ValueArray<OwnerCandidate> Candidates => Candidacy.Candidates;

    /// <summary>The same where one of the nodes can own nothing any more.</summary>
    public Layer2Verdict Without(string node) => this with { Candidacy = Candidacy.Without(node) };

    /// <summary>The checks stand in the order in which a person would ask: is the address ours, does anything advertise it, is anybody there to serve, then node by node.</summary>
    public static Layer2Verdict Of(ServiceView service, ServiceHolding holding, ClusterSnapshot snapshot, CompiledConfig config, AdvertisementReach reach)
    {
        ValueArray<string?> poolOfAddress = holding.Addresses.Select(address => PoolOf(address, holding.Pools, config)).ToValueArray();
        HashSet<string> pools = [.. poolOfAddress.OfType<string>()];
        Layer2Verdict Found(Candidacy candidacy, ValueArray<int> advertisements = default) => new(service, holding.Addresses, poolOfAddress, advertisements, candidacy);

        if (pools.Count == 0) return Found(Candidacy.Nobody(RefusalReason.AddressNotInPool));
        ValueArray<int> advertisements = reach.Matching(service, pools);
        ReachKey key = new(advertisements, poolOfAddress.Select((pool, at) => (pool, holding.Addresses[at].Family)).ToValueArray());
        if (reach.Nodes(key).Length == 0) return Found(Candidacy.Nobody(RefusalReason.NoMatchingAdvertisement), advertisements);
        ServiceEndpoints endpoints = snapshot.EndpointsOf(service.Key);
        if (!endpoints.AnyServing) return Found(Candidacy.Nobody(RefusalReason.NoEndpoints), advertisements);
        return Found(service.LocalTraffic ? Candidacy.Of(reach.Nodes(key), endpoints) : reach.CandidacyOf(key), advertisements);
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
