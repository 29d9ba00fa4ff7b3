using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>What a Service asks of a node at Layer 2: which advertisements speak of it, and for each address its pool and family.</summary>
internal readonly record struct ReachKey(ValueArray<int> Advertisements, ValueArray<(string? Pool, IpFamily Family)> Targets);

/// <summary>A node that some advertisement may use.</summary>
/// <param name="Against">What speaks against it whatever the Service.</param>
/// <param name="NotAdvertised">How many of the addresses no advertisement lets it announce; the first address counts double, then the next.</param>
/// <param name="NoInterface">The same of those that it has no interface for.</param>
internal readonly record struct ReachedNode(string Name, int Preference, RefusalReason? Against, int NotAdvertised, int NoInterface)
{
    public static IComparer<ReachedNode> ByName { get; } = Comparer<ReachedNode>.Create(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
}

/// <summary>
/// Which nodes a set of L2Advertisements reaches, and which of them are candidates. Services that ask the same share the answer, and there are few such questions.
/// Lives as long as its configuration and nodes.
/// </summary>
internal sealed class AdvertisementReach(CompiledConfig config, ClusterSnapshot snapshot, AnnouncementOptions options)
{
    private readonly Dictionary<ReachKey, ReachedNode[]> nodes = [];
    private readonly Dictionary<ReachKey, Candidacy> candidacies = [];

    public ValueArray<int> Matching(ServiceView service, IReadOnlySet<string> pools) => AdvertisementMatch.Of(config.L2Advertisements, service, pools);

    /// <summary>Sorted by name.</summary>
    public ReachedNode[] Nodes(ReachKey key)
    {
        if (!nodes.TryGetValue(key, out ReachedNode[]? reached))
            nodes[key] = reached = [.. snapshot.Nodes.Values.Select(node => Reach(node, key)).OfType<ReachedNode>()];
        return reached;
    }

    /// <summary>Who may own where every node serves alike: externalTrafficPolicy Cluster.</summary>
    public Candidacy CandidacyOf(ReachKey key)
    {
        if (!candidacies.TryGetValue(key, out Candidacy? candidacy)) candidacies[key] = candidacy = Candidacy.Of(Nodes(key), local: null);
        return candidacy;
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

    private ReachedNode? Reach(NodeView node, ReachKey key)
    {
        bool reached = false;
        int preference = 0;
        foreach (int index in key.Advertisements)
        {
            CompiledL2Advertisement advertisement = config.L2Advertisements[index];
            if (!advertisement.NodeSelectors.AnyMatches(node.Labels)) continue;
            reached = true;
            foreach (PreferredNodes preferred in advertisement.PreferredNodes)
                if (preferred.Preference.Matches(node.Labels)) preference += preferred.Weight;
        }
        if (!reached) return null;

        int notAdvertised = 0, noInterface = 0;
        bool tells = snapshot.Interfaces.TryGetValue(node.Name, out ValueArray<NodeInterface> usable);
        foreach ((string? pool, IpFamily family) in key.Targets)
        {
            (notAdvertised, noInterface) = (notAdvertised * 2, noInterface * 2);
            if ((pool is null ? null : Interfaces(key.Advertisements, pool, node.Name)) is not { } wanted) notAdvertised++;
            else if (tells && !usable.Any(i => i.Answers(family) && (wanted.IsEmpty || wanted.Contains(i.Name)))) noInterface++;
        }
        return new(node.Name, preference, NodeStanding.Against(node, snapshot, options), notAdvertised, noInterface);
    }
}
