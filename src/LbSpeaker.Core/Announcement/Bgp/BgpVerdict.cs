using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement.Bgp;

/// <summary>What one Service announces by BGP, from which nodes and to which routers, and why the other nodes are silent.</summary>
/// <param name="Announcements">Sorted by address, prefix length, peer and first node.</param>
internal sealed record BgpVerdict(ValueArray<BgpAnnouncement> Announcements, ValueArray<Refusal> Refusals)
{
    public static BgpVerdict Nothing { get; } = new([], []);

    /// <param name="pools">The pool of each address, null where none covers it.</param>
    public static BgpVerdict Of(ServiceView service, ValueArray<IpAddress> addresses, ValueArray<string?> pools, ClusterSnapshot snapshot, BgpReach reach)
    {
        // Without any BGPAdvertisement nobody asks why nothing is announced by BGP.
        if (!reach.HasAdvertisements) return Nothing;
        HashSet<string> own = [.. pools.AsEnumerable().OfType<string>()];
        if (own.Count == 0) return Silent(RefusalReason.AddressNotInPool);
        ValueArray<int> advertisements = reach.Matching(service, own);
        BgpReached?[] reached = [.. addresses.AsEnumerable().Select((address, i) => pools[i] is { } pool ? reach.Of(advertisements, pool, address.Family) : null)];
        if (reached.All(r => r is null or { IsNowhere: true })) return Silent(RefusalReason.NoMatchingAdvertisement);
        ServiceEndpoints endpoints = snapshot.EndpointsOf(service.Key);
        if (!endpoints.AnyServingWithAddress) return Silent(RefusalReason.NoEndpoints);

        List<BgpAnnouncement> announcements = [];
        SortedDictionary<string, RefusalReason> refused = new(StringComparer.Ordinal);
        SortedSet<string> announcing = new(StringComparer.Ordinal);
        for (int i = 0; i < addresses.Count; i++)
        {
            if (reached[i] is not { } of) continue;
            foreach (Refusal refusal in of.Refusals) refused.TryAdd(refusal.Node!, refusal.Reason);
            foreach (BgpRouteGroup group in of.Groups)
            {
                ValueArray<string> nodes = service.LocalTraffic ? WithEndpoints(group.Nodes, endpoints, refused) : group.Nodes;
                if (nodes.IsEmpty) continue;
                announcing.UnionWith(nodes.AsEnumerable());
                announcements.Add(new(addresses[i], new(addresses[i], group.Length), group.Peer, nodes, group.Attributes, group.IsWeighted));
            }
        }
        // A node that announces one of the two addresses is not silent.
        return new(
            announcements.OrderBy(a => a.Address).ToValueArray(),
            refused.Where(r => !announcing.Contains(r.Key)).Select(r => new Refusal(AnnouncementProtocol.Bgp, r.Key, r.Value)).ToValueArray());
    }

    private static BgpVerdict Silent(RefusalReason reason) => new([], [new(AnnouncementProtocol.Bgp, null, reason)]);

    private static ValueArray<string> WithEndpoints(ValueArray<string> nodes, ServiceEndpoints endpoints, SortedDictionary<string, RefusalReason> refused)
    {
        List<string> with = [];
        foreach (string node in nodes)
            if (endpoints.CountOn(node) > 0) with.Add(node); else refused.TryAdd(node, RefusalReason.NoLocalEndpoints);
        return with.ToValueArray();
    }
}
