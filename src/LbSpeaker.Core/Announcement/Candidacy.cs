using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>Which nodes may own a Service's addresses at Layer 2, and why the others may not.</summary>
internal sealed class Candidacy
{
    /// <summary>Nodes that can be told of one by one.</summary>
    private const int Few = 8;

    private readonly Func<ValueArray<Refusal>> refusals;
    private readonly Func<string, Candidacy> without;
    private Dictionary<string, Candidacy>? known;
    private ValueArray<Refusal>? passedOver;

    private Candidacy(ValueArray<OwnerCandidate> candidates, Func<ValueArray<Refusal>> refusals, Func<string, Candidacy> without)
    {
        this.refusals = refusals;
        this.without = without;
        Candidates = candidates;
        Electorate = ElectorateOf(candidates);
    }

    /// <summary>Sorted by name.</summary>
    public ValueArray<OwnerCandidate> Candidates { get; }

    /// <summary>The names of those that are preferred most.</summary>
    public ValueArray<string> Electorate { get; }

    /// <summary>Why nobody comes into question, whatever the node; null where that is a matter of each node.</summary>
    public RefusalReason? Overall { get; private init; }

    /// <summary>Sorted by node; worked out each time.</summary>
    public ValueArray<Refusal> Refusals => refusals();

    /// <summary>
    /// Those of <see cref="Refusals"/> whose nodes cannot own, or not before others; of more than <see cref="Few"/> nodes only what is a matter of the Service. What ails a node as a whole
    /// ails it for every Service, and would be told anew of each whenever one of many nodes comes or goes. Remembered where many Services share it.
    /// </summary>
    public ValueArray<Refusal> PassedOver
    {
        get
        {
            if (passedOver is { } known) return known;
            ValueArray<Refusal> all = Refusals;
            bool isMany = Candidates.Count + all.Count > Few;
            ValueArray<Refusal> found = all.Where(r => r.Reason != RefusalReason.NotOwner && !(isMany && IsOfNode(r.Reason))).ToValueArray();
            if (IsShared) passedOver = found;
            return found;
        }
    }

    private bool IsShared { get; init; }

    public static ValueArray<string> ElectorateOf(ValueArray<OwnerCandidate> candidates)
    {
        int preference = int.MinValue;
        foreach (OwnerCandidate candidate in candidates) preference = Math.Max(preference, candidate.Preference);
        return candidates.Where(c => c.Preference == preference).Select(c => c.Node).ToValueArray();
    }

    public static Candidacy Nobody(RefusalReason reason)
    {
        ValueArray<Refusal> refusals = [new(AnnouncementProtocol.Layer2, null, reason)];
        return new([], () => refusals, _ => Nobody(reason)) { Overall = reason };
    }

    /// <summary>Who is left where one of the nodes can own nothing any more; remembered, since many Services may ask.</summary>
    public Candidacy Without(string node) => (known ??= new(StringComparer.Ordinal)).TryGetValue(node, out Candidacy? left) ? left : known[node] = without(node);

    /// <summary>
    /// What a node cannot do at all rules it out. Of the others those go first that are to announce the most addresses, then those that can (none of them rules out the
    /// last: the owner then says what it lacks), then those whose endpoints stay.
    /// </summary>
    /// <param name="nodes">Sorted by name.</param>
    /// <param name="local">Where only a node with an endpoint that can serve may own, one with an endpoint that stays before others; null where every node serves alike.</param>
    public static Candidacy Of(ReachedNode[] nodes, ServiceEndpoints? local) =>
        new(
            Select(nodes, local, null).Select(n => new OwnerCandidate(n.Name, n.Preference)).ToValueArray(), () => RefusalsOf(nodes, local),
            dead => local is null
                ? Of([.. nodes.Where(n => n.Name != dead)], null)
                : Of(nodes, local with { ServingNodes = local.ServingNodes.Where(n => n != dead).ToValueArray() })) { IsShared = local is null };

    private static ValueArray<Refusal> RefusalsOf(ReachedNode[] nodes, ServiceEndpoints? local)
    {
        List<Refusal> refusals = [];
        Select(nodes, local, refusals);
        refusals.Sort(static (a, b) => string.CompareOrdinal(a.Node, b.Node));
        return refusals.ToValueArray();
    }

    private static bool IsOfNode(RefusalReason reason) =>
        reason is RefusalReason.NoLiveSpeaker or RefusalReason.NodeNetworkUnavailable or RefusalReason.NodeLabeledExcludeBalancers;

    private static List<ReachedNode> Select(ReachedNode[] nodes, ServiceEndpoints? local, List<Refusal>? refusals)
    {
        List<ReachedNode> left = [];
        void Refuse(ReachedNode node, RefusalReason reason) => refusals?.Add(new(AnnouncementProtocol.Layer2, node.Name, reason));
        void Prefer(Func<ReachedNode, int> shortcoming, RefusalReason reason)
        {
            if (left.Count < 2) return;
            int least = left.Min(shortcoming);
            foreach (ReachedNode lesser in left.Where(n => shortcoming(n) > least)) Refuse(lesser, reason);
            left.RemoveAll(n => shortcoming(n) > least);
        }

        // Nobody asks about the many that have no endpoint, but for their reasons.
        foreach (ReachedNode node in local is null || refusals is not null ? nodes : Serving(nodes, local))
            if ((node.Against ?? (local?.ServingNodes.Contains(node.Name) == false ? RefusalReason.NoLocalEndpoints : null)) is { } against) Refuse(node, against);
            else left.Add(node);
        Prefer(n => n.NotAdvertised, RefusalReason.NotOwner);
        Prefer(n => n.NoInterface, RefusalReason.NoInterface);
        if (local is not null) Prefer(n => local.TerminatingNodes.Contains(n.Name) ? 1 : 0, RefusalReason.TerminatingEndpoints);
        return left;
    }

    private static IEnumerable<ReachedNode> Serving(ReachedNode[] nodes, ServiceEndpoints local)
    {
        foreach (string name in local.ServingNodes.AsEnumerable())
            if (Array.BinarySearch(nodes, new ReachedNode { Name = name }, ReachedNode.ByName) is >= 0 and var at) yield return nodes[at];
    }
}
