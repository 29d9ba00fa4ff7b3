using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>A node that some advertisement of a set may use, and what speaks against it whatever the Service.</summary>
internal readonly record struct ReachedNode(string Name, int Preference, RefusalReason? Against);

/// <summary>
/// Which nodes a set of L2Advertisements reaches. Services with the same set share the answer, and there are few sets.
/// Lives as long as its configuration and nodes.
/// </summary>
internal sealed class AdvertisementReach(CompiledConfig config, ClusterSnapshot snapshot, AnnouncementOptions options)
{
    private readonly Dictionary<ValueArray<int>, ReachedNode[]> known = [];

    public ValueArray<int> Matching(ServiceView service, IReadOnlySet<string> pools) => AdvertisementMatch.Of(config.L2Advertisements, service, pools);

    /// <summary>Sorted by name.</summary>
    public ReadOnlySpan<ReachedNode> Nodes(ValueArray<int> advertisements)
    {
        if (!known.TryGetValue(advertisements, out ReachedNode[]? nodes))
            known[advertisements] = nodes = [.. snapshot.Nodes.Values.Select(node => Reach(node, advertisements)).OfType<ReachedNode>()];
        return nodes;
    }

    /// <summary>The interfaces on which the node announces an address of the pool; empty means all. Null where no advertisement of the set serves pool and node.</summary>
    public ValueArray<string>? Interfaces(ValueArray<int> advertisements, string pool, string node)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        bool any = false;
        foreach (int index in advertisements)
        {
            CompiledL2Advertisement advertisement = config.L2Advertisements[index];
            if (!advertisement.Pools.Contains(pool) || !advertisement.NodeSelectors.AnyMatches(snapshot.Nodes[node].Labels)) continue;
            if (advertisement.Interfaces.IsEmpty) return ValueArray<string>.Empty;
            any = true;
            names.UnionWith(advertisement.Interfaces);
        }
        return any ? names.ToValueArray() : null;
    }

    private ReachedNode? Reach(NodeView node, ValueArray<int> advertisements)
    {
        bool reached = false;
        int preference = 0;
        foreach (int index in advertisements)
        {
            CompiledL2Advertisement advertisement = config.L2Advertisements[index];
            if (!advertisement.NodeSelectors.AnyMatches(node.Labels)) continue;
            reached = true;
            foreach (PreferredNodes preferred in advertisement.PreferredNodes)
                if (preferred.Preference.Matches(node.Labels)) preference += preferred.Weight;
        }
        return reached ? new ReachedNode(node.Name, preference, NodeStanding.Against(node, snapshot, options)) : null;
    }
}
