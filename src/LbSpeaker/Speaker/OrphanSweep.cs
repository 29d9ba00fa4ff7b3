using System.Collections.Immutable;
using LbSpeaker.Cluster;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Speaker;

/// <summary>
/// Finds what is to be cleared away: a node that dies leaves its ServiceL2Statuses behind. Who takes its Service over takes the object too; of what nobody takes over, the first of the
/// live speakers sees to it.
/// </summary>
internal sealed class OrphanSweep(string node)
{
    /// <summary>A node that is taken for dead and writes is not dead, whatever is heard of it: nothing of it is cleared away for so long.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(30);

    private readonly ImmutableHashSet<ObjectKey>.Builder orphaned = ImmutableHashSet.CreateBuilder<ObjectKey>();

    /// <summary>Services about which a status came or went since the last look.</summary>
    private readonly Gathered<ObjectKey> spokenOf = new();

    /// <summary>Nodes that wrote although they are taken for dead, and when that was seen.</summary>
    private readonly Dictionary<string, DateTimeOffset> undead = new(StringComparer.Ordinal);

    /// <summary>Services about which such a node has said something: looked at again each time.</summary>
    private readonly HashSet<ObjectKey> inDoubt = [];
    private bool hasLooked;

    public void Observe(ClusterChange change)
    {
        if (change is ClusterChange.Upserted { Record: Layer2StatusRecord { View: var status } }) spokenOf.Add(status.Service);
        else if (change is ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status, Key: var key }) orphaned.Remove(key);
    }

    /// <param name="live">Null where nothing is known.</param>
    /// <returns>The ServiceL2Statuses that this node is to clear away.</returns>
    public ImmutableHashSet<ObjectKey> Look(ClusterFacts facts, AnnouncementPlan plan, ImmutableSortedSet<string>? live, DateTimeOffset now)
    {
        // What came before the first look was there before, whoever wrote it.
        if (live is not null && hasLooked)
            foreach (Layer2StatusView status in spokenOf.SelectMany(facts.Layer2StatusesOf))
                if (!live.Contains(status.Node)) undead[status.Node] = now;
        hasLooked = true;
        foreach ((string dead, DateTimeOffset seen) in undead)
            if (now - seen >= Doubt) undead.Remove(dead);

        // Where a speaker comes or goes, all Services are planned anew.
        IReadOnlySet<ObjectKey> spoken = spokenOf.Take();
        ObjectKey[] looked = [.. plan.Changed?.Concat(spoken).Concat(inDoubt) ?? facts.ServicesWithLayer2Status];
        inDoubt.Clear();
        foreach (ObjectKey service in looked)
        {
            bool isNobodys = live is { IsEmpty: false } && live.Min == node && plan.Services.GetValueOrDefault(service) is null or { Layer2.IsEmpty: true };
            foreach (Layer2StatusView status in facts.Layer2StatusesOf(service))
            {
                bool isOrphaned = isNobodys && !live!.Contains(status.Node), isDoubtful = isOrphaned && undead.ContainsKey(status.Node);
                if (isDoubtful) inDoubt.Add(service);
                if (isOrphaned && !isDoubtful) orphaned.Add(status.Key); else orphaned.Remove(status.Key);
            }
        }
        return orphaned.ToImmutable();
    }
}
