using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement.Bgp;

/// <summary>What one Service announces by BGP, from which nodes and to which routers, and why the other nodes are silent.</summary>
/// <param name="Announcements">Sorted by address, prefix length, peer and first node.</param>
/// <param name="IsNotAdvertised">No BGPAdvertisement speaks of it.</param>
/// <param name="Refusals">Sorted by node.</param>
internal sealed record BgpVerdict(ValueArray<BgpAnnouncement> Announcements, bool IsNotAdvertised, Func<ValueArray<Refusal>> Refusals)
{
    /// <summary>Indexes of the BGPAdvertisements that select the Service and one of its pools.</summary>
    public ValueArray<int> Advertisements { get; init; }

    /// <summary>Without any BGPAdvertisement nobody asks why nothing is announced by BGP.</summary>
    public static BgpVerdict Nothing { get; } = new([], true, static () => []);

    /// <param name="pools">The pool of each address, null where none covers it.</param>
    public static BgpVerdict Of(ServiceView service, ValueArray<IpAddress> addresses, ValueArray<string?> pools, ClusterSnapshot snapshot, BgpReach reach)
    {
        if (!reach.HasAdvertisements) return Nothing;
        HashSet<string> own = [.. pools.AsEnumerable().OfType<string>()];
        if (own.Count == 0) return Silent(RefusalReason.AddressNotInPool);
        ValueArray<int> advertisements = reach.Matching(service, own);
        BgpReached?[] reached = [.. addresses.AsEnumerable().Select((address, i) => pools[i] is { } pool ? reach.Of(advertisements, pool, address.Family) : null)];
        if (reached.All(r => r is null or { IsNowhere: true })) return Silent(RefusalReason.NoMatchingAdvertisement, advertisements);
        ServiceEndpoints endpoints = snapshot.EndpointsOf(service.Key);
        if (!endpoints.AnyServingWithAddress) return Silent(RefusalReason.NoEndpoints, advertisements);

        List<BgpAnnouncement> announcements = [];
        for (int i = 0; i < addresses.Count; i++)
            foreach (BgpRouteGroup group in reached[i]?.Groups ?? [])
            {
                ValueArray<string> nodes = service.LocalTraffic ? endpoints.WithAddress.Select(e => e.Node).Where(n => group.Nodes.AsSpan().BinarySearch(n, StringComparer.Ordinal) >= 0).ToValueArray() : group.Nodes;
                if (!nodes.IsEmpty) announcements.Add(new(addresses[i], new(addresses[i], group.Length), group.Peer, nodes, group.Attributes, group.IsWeighted));
            }
        ValueArray<BgpAnnouncement> sorted = announcements.OrderBy(a => a.Address).ToValueArray();
        return new(sorted, false, () => RefusalsOf(reached, sorted)) { Advertisements = advertisements };
    }

    private static BgpVerdict Silent(RefusalReason reason, ValueArray<int> advertisements = default) =>
        new([], reason == RefusalReason.NoMatchingAdvertisement, () => [new(AnnouncementProtocol.Bgp, null, reason)]) { Advertisements = advertisements };

    private static ValueArray<Refusal> RefusalsOf(BgpReached?[] reached, ValueArray<BgpAnnouncement> announcements)
    {
        SortedDictionary<string, RefusalReason> refused = new(StringComparer.Ordinal);
        foreach (BgpReached of in reached.OfType<BgpReached>())
        {
            foreach (Refusal refusal in of.Refusals) refused.TryAdd(refusal.Node!, refusal.Reason);
            // What is reached and announces nothing lacks the endpoint.
            foreach (BgpRouteGroup group in of.Groups)
                foreach (string node in group.Nodes) refused.TryAdd(node, RefusalReason.NoLocalEndpoints);
        }
        // A node that announces one of the two addresses is not silent.
        HashSet<string> announcing = new(announcements.AsEnumerable().SelectMany(a => a.Nodes.AsEnumerable()), StringComparer.Ordinal);
        return refused.Where(r => !announcing.Contains(r.Key)).Select(r => new Refusal(AnnouncementProtocol.Bgp, r.Key, r.Value)).ToValueArray();
    }
}
