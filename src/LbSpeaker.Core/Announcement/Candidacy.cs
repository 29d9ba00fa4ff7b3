using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>Which nodes may own a Service's addresses at Layer 2, and why the others may not.</summary>
/// <param name="Candidates">Sorted by name.</param>
internal sealed record Candidacy(ValueArray<OwnerCandidate> Candidates, ValueArray<Refusal> Refusals)
{
    /// <summary>The names of those that are preferred most.</summary>
    public ValueArray<string> Electorate { get; } = ElectorateOf(Candidates);

    public static ValueArray<string> ElectorateOf(ValueArray<OwnerCandidate> candidates)
    {
        int preference = int.MinValue;
        foreach (OwnerCandidate candidate in candidates) preference = Math.Max(preference, candidate.Preference);
        return candidates.Where(c => c.Preference == preference).Select(c => c.Node).ToValueArray();
    }

    public static Candidacy Nobody(RefusalReason reason) => new([], [new(AnnouncementProtocol.Layer2, null, reason)]);

    /// <summary>
    /// What a node cannot do at all rules it out. Of the others those go first that are to announce the most addresses, then those that can (none of them rules out the
    /// last: the owner then says what it lacks), then those whose endpoints stay.
    /// </summary>
    /// <param name="nodes">Sorted by name.</param>
    /// <param name="locally">What speaks against a node for the sake of the Service's own endpoints: <see cref="RefusalReason.NoLocalEndpoints"/> rules it out,
    /// <see cref="RefusalReason.TerminatingEndpoints"/> only where another node is without.</param>
    public static Candidacy Of(ReadOnlySpan<ReachedNode> nodes, Func<string, RefusalReason?> locally)
    {
        List<ReachedNode> left = [];
        List<Refusal> refusals = [];
        void Refuse(string node, RefusalReason reason) => refusals.Add(new(AnnouncementProtocol.Layer2, node, reason));
        void Prefer(Func<ReachedNode, int> shortcoming, RefusalReason reason)
        {
            if (left.Count < 2) return;
            int least = left.Min(shortcoming);
            foreach (ReachedNode lesser in left.Where(n => shortcoming(n) > least)) Refuse(lesser.Name, reason);
            left.RemoveAll(n => shortcoming(n) > least);
        }

        foreach (ReachedNode node in nodes)
            if ((node.Against ?? (locally(node.Name) is RefusalReason.NoLocalEndpoints ? RefusalReason.NoLocalEndpoints : null)) is { } against) Refuse(node.Name, against);
            else left.Add(node);
        Prefer(n => n.NotAdvertised, RefusalReason.NotOwner);
        Prefer(n => n.NoInterface, RefusalReason.NoInterface);
        Prefer(n => locally(n.Name) is null ? 0 : 1, RefusalReason.TerminatingEndpoints);
        return new(left.Select(n => new OwnerCandidate(n.Name, n.Preference)).ToValueArray(), refusals.OrderBy(r => r.Node, StringComparer.Ordinal).ToValueArray());
    }
}
