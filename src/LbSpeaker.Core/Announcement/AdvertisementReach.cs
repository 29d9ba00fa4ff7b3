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

    /// <summary>Indexes of the advertisements that select one of the pools and the Service.</summary>
    public ValueArray<int> Matching(ServiceView service, IReadOnlySet<string> pools)
    {
        List<int> matching = [];
        for (int i = 0; i < config.L2Advertisements.Count; i++)
        {
            CompiledL2Advertisement advertisement = config.L2Advertisements[i];
            if (SelectsAny(advertisement, pools) && advertisement.ServiceSelectors.AnyMatches(service.Labels)) matching.Add(i);
        }
        return [.. matching];
    }

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
        return reached ? new ReachedNode(node.Name, preference, Against(node)) : null;
    }

    private RefusalReason? Against(NodeView node) =>
        node.NetworkUnavailable ? RefusalReason.NodeNetworkUnavailable
        : !options.IgnoreExcludeLabel && node.Labels.ContainsKey(NodeView.ExcludeLabel) ? RefusalReason.NodeLabeledExcludeBalancers
        : !snapshot.HasLiveSpeaker(node.Name) ? RefusalReason.NoLiveSpeaker
        : null;

    private static bool SelectsAny(CompiledL2Advertisement advertisement, IReadOnlySet<string> pools)
    {
        foreach (string pool in advertisement.Pools)
            if (pools.Contains(pool)) return true;
        return false;
    }
}
