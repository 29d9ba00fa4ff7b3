using System.Collections.Immutable;
using LbSpeaker.Cluster;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;

namespace LbSpeaker.Speaker;

/// <summary>What one turn of the speaker comes to: the plan for the announcer at once, the rest when the API server has time.</summary>
/// <param name="Own">Every Service that this node is to answer for, and what it says about it. Null before the interfaces have been looked at: then it says nothing.</param>
/// <param name="Orphaned">Statuses of nodes that are gone, about Services that nobody takes over; empty on all nodes but one.</param>
/// <param name="LiveSpeakers">Null where nothing is known about speakers.</param>
internal sealed record SpeakerTurn(
    AnnouncementPlan Plan,
    IReadOnlyDictionary<ObjectKey, Layer2ServiceReport>? Own,
    ImmutableHashSet<ObjectKey> Orphaned,
    ImmutableSortedSet<string>? LiveSpeakers,
    IReadOnlyList<(EventSubject Subject, EventReport Event)> Events,
    ConfigurationReport Configuration);

/// <summary>All that the speaker knows, and the one turn of its loop: changes in, a plan out. It performs nothing and has one owner, the loop.</summary>
internal sealed class SpeakerState(string node, string? loadBalancerClass, bool ignoreExcludeLabel)
{
    private readonly ClusterFacts facts = new(readsSecrets: true);
    private readonly AnnouncementPlanner planner = new(new AnnouncementOptions(node, ignoreExcludeLabel));
    private readonly Dictionary<ObjectKey, Layer2ServiceReport> own = [];
    private CompiledConfig? config;
    private Layer2Report? layer2;
    private bool interfacesChanged;

    /// <remarks>
    /// Whether this node's own speaker lives is judged as for any other, by its Lease as it is seen: the others judge by the same, and where they
    /// give it up while it can still watch, it must give up too.
    /// </remarks>
    public void Apply(ClusterChange change) => facts.Apply(change);

    public void Apply(Layer2Report report)
    {
        layer2 = report;
        interfacesChanged = true;
    }

    public SpeakerTurn Turn()
    {
        ClusterSnapshot snapshot = facts.Builder.Publish();
        if (config is null || snapshot.Changes.Config || snapshot.Changes.Nodes) config = ConfigCompiler.Compile(snapshot);
        AnnouncementPlan plan = planner.Plan(config, snapshot, service => ServiceHolding.OfStatus(service, loadBalancerClass));

        List<(EventSubject, EventReport)> events = [];
        if (layer2 is { } interfaces)
        {
            foreach (ObjectKey key in interfacesChanged || plan.Changed is null ? plan.Services.Keys.Concat(own.Keys).Distinct().ToValueArray() : plan.Changed.Value)
                Judge(key, plan, interfaces, events);
            interfacesChanged = false;
        }
        return new(plan, layer2 is null ? null : own, Orphaned(plan, snapshot.LiveSpeakers), snapshot.LiveSpeakers, events, ConfigurationReport.Of(config));
    }

    private void Judge(ObjectKey service, AnnouncementPlan plan, Layer2Report interfaces, List<(EventSubject, EventReport)> events)
    {
        Layer2Announcement[] ours = plan.Services.GetValueOrDefault(service) is { } announcements ? [.. announcements.Layer2.Where(a => a.Node == node)] : [];
        if (ours.Length == 0)
        {
            own.Remove(service);
            return;
        }
        Layer2ServiceReport now = InterfaceCheck.Of(node, ours, interfaces);
        Layer2ServiceReport? before = own.GetValueOrDefault(service) ?? SaidByPredecessor(service);
        own[service] = now;
        if (facts.Service(service) is not { } record) return;
        foreach (EventReport told in News(before, now)) events.Add((EventSubject.Of(record.View), told));
    }

    private IEnumerable<EventReport> News(Layer2ServiceReport? before, Layer2ServiceReport now)
    {
        if (now.IsAnnounced && before is not { IsAnnounced: true })
            yield return new(false, EventReason.NodeAssigned, $"announcing from node \"{node}\" with protocol \"layer2\"");
        foreach (NotAnnouncedView failure in now.NotAnnounced.AsEnumerable())
            if (before is null || !before.NotAnnounced.Contains(failure))
                yield return new(true, EventReason.AnnounceFailed, $"{failure.Address} is not announced: {failure.Message}");
    }

    /// <summary>What the speaker that ran here before said, so that a restart is no news.</summary>
    private Layer2ServiceReport? SaidByPredecessor(ObjectKey service) =>
        facts.Layer2StatusesOf(service).FirstOrDefault(s => s.Node == node) is { } said ? new(said.IsAnnounced, said.Interfaces, said.NotAnnounced) : null;

    /// <summary>A node that dies leaves its statuses behind. Who takes its Service over takes the object too; what nobody takes over, the first of the live speakers clears away.</summary>
    private ImmutableHashSet<ObjectKey> Orphaned(AnnouncementPlan plan, ImmutableSortedSet<string>? live) => live is null || live.IsEmpty || live.Min != node
        ? []
        : [.. facts.Layer2Statuses.Where(s => !live.Contains(s.Node) && plan.Services.GetValueOrDefault(s.Service) is null or { Layer2.IsEmpty: true }).Select(s => s.Key)];
}
