using System.Collections.Frozen;
using System.Collections.Immutable;
using LbSpeaker.Bgp;
using LbSpeaker.Cluster;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;

namespace LbSpeaker.Speaker;

/// <summary>What one turn of the speaker comes to: the plan for the announcer at once, the rest when the API server has time.</summary>
/// <param name="Reports">
/// What this node says about each Service that was looked at, as <see cref="ServiceL2StatusWriter.SetDesired"/> takes it; the others are as before. Null before the interfaces
/// have been looked at: then it says nothing.
/// </param>
/// <param name="BgpReports">The same of BGP; complete where <see cref="AnnouncementPlan.Changed"/> is null.</param>
/// <param name="Orphaned">Statuses of nodes that are gone, about Services that nobody takes over; empty on all nodes but one.</param>
/// <param name="LiveSpeakers">Null where nothing is known about speakers.</param>
/// <param name="Conflicts">Addresses of this node that somebody else was heard to have.</param>
/// <param name="Takeovers">One for each address that this node owns since this turn and another owned before.</param>
internal sealed record SpeakerTurn(
    AnnouncementPlan Plan,
    IReadOnlyDictionary<ObjectKey, Layer2ServiceReport?>? Reports,
    IReadOnlyDictionary<ObjectKey, BgpServiceReport?> BgpReports,
    NodeReport Node,
    ImmutableHashSet<ObjectKey> Orphaned,
    ImmutableSortedSet<string>? LiveSpeakers,
    IReadOnlyList<(EventSubject Subject, EventReport Event)> Events,
    ConfigurationReport Configuration,
    ValueArray<AddressConflict> Conflicts,
    ValueArray<TakeoverCause> Takeovers);

/// <summary>All that the speaker knows, and the one turn of its loop: changes in, a plan out. It performs nothing and has one owner, the loop.</summary>
internal sealed class SpeakerState(string node, string? loadBalancerClass, bool ignoreExcludeLabel)
{
    /// <summary>Two speakers that have an address for so long do not do so in passing.</summary>
    private static readonly TimeSpan LastingConflict = TimeSpan.FromSeconds(2);

    private readonly ClusterFacts facts = new(readsSecrets: true);
    private readonly AnnouncementPlanner planner = new(new AnnouncementOptions(node, ignoreExcludeLabel));
    private readonly Dictionary<ObjectKey, Layer2ServiceReport> own = [];
    private readonly OrphanSweep sweep = new(node);
    private CompiledConfig? config;
    private ConfigurationReport? configuration;
    private readonly BgpServices bgpServices = new(node);
    private readonly BgpSessions bgpSessions = new();
    private readonly List<(string Peer, EventReport Event)> bgpNews = [];
    private readonly HashSet<ObjectKey> toldOfBgp = [];
    private MaintenancePhase maintenance;
    /// <summary>What the announcer says, and what it said when Services were last judged by it.</summary>
    private Layer2Findings? layer2, judgedBy;
    private ValueArray<AddressConflict> toldConflicts = [];
    private ImmutableSortedSet<string>? live;
    private ImmutableSortedSet<string> left = [];
    private readonly List<TakeoverCause> takeovers = [];

    /// <summary>Who owned what this node does not: one that loses its interface says that it owns nothing before another takes over.</summary>
    private readonly Dictionary<ObjectKey, PresentOwner> others = [];
    private bool isLeaving;
    private ConditionReport? heartbeats;
    private readonly OwnedBook owned = new();

    /// <remarks>
    /// Whether this node's own speaker lives is judged as the others judge it: where they give it up while it can still watch, it must give up too.
    /// </remarks>
    public void Apply(ClusterChange change)
    {
        if (change is ClusterChange.SpeakersChanged speakers) (live, left) = (speakers.Live, speakers.Left);
        facts.Apply(change);
        if (isLeaving && change is ClusterChange.SpeakersChanged) Leave();
        if (change is ClusterChange.Upserted { Record: NodeRecord { View: var view } } && view.Name == node) maintenance = view.Maintenance;
        sweep.Observe(change);
    }

    /// <summary>
    /// This speaker goes: what it owns is the others' from now on, whatever is seen of its Lease, and it hands over what is not recorded as its own yet as well.
    /// </summary>
    public void Leave()
    {
        if (!isLeaving)
            foreach ((ObjectKey service, Layer2ServiceReport report) in own)
                if (!report.Addresses.IsEmpty) facts.Builder.AssumeOwner(service, new(node, report.Addresses, report.Since));
        isLeaving = true;
        facts.Builder.SetLiveSpeakers((live ?? [.. facts.Nodes]).Remove(node));
    }

    /// <summary>Nothing of what this node owned is answered here any more, or nobody takes it.</summary>
    public bool HasHandedOver(AnnouncementPlan plan) =>
        plan.Layer2.Addresses.All(a => a.Value.Role == Layer2Role.HandOver && layer2 is { } findings && findings.IsHandedOver(a.Key));

    /// <param name="condition">Whether the speakers hear each other.</param>
    public void Apply(ConditionReport condition) => heartbeats = condition;

    public void Apply(Layer2Report report)
    {
        if (report != layer2?.Report) layer2 = new(node, report);
    }

    /// <param name="bfd">The state of BFD by the name of the BGPPeer.</param>
    public void Apply(BgpReport report, IReadOnlyDictionary<string, string> bfd)
    {
        bgpServices.Apply(report);
        bgpNews.AddRange(bgpSessions.Apply(report, bfd, node));
    }

    /// <param name="now">Since when this node owns what it begins to own in this turn.</param>
    public SpeakerTurn Turn(DateTimeOffset now)
    {
        ClusterSnapshot snapshot = facts.Builder.Publish();
        if (config is null || snapshot.Changes.Config || snapshot.Changes.Nodes) (config, configuration) = (ConfigCompiler.Compile(snapshot), null);
        AnnouncementPlan plan = planner.Plan(config, snapshot, service => ServiceHolding.OfStatus(service, loadBalancerClass));

        Dictionary<ObjectKey, Layer2ServiceReport?>? reports = null;
        List<(EventSubject, EventReport)> events = [];
        takeovers.Clear();
        if (layer2 is { } findings)
        {
            reports = [];
            foreach (ObjectKey key in ToJudge(plan, findings)) Judge(key, plan, snapshot.Owners.GetValueOrDefault(key), findings, now, reports, events);
            judgedBy = findings;
            owned.Follow(reports);
            TellOfConflicts(plan, findings.Report.Conflicts, now, events);
        }
        foreach (ObjectKey key in plan.Changed ?? plan.Services.Keys.Union(bgpServices.Announced).ToValueArray())
            bgpServices.Set(key, plan.Services.GetValueOrDefault(key));
        IReadOnlyDictionary<ObjectKey, BgpServiceReport?> bgpReports = bgpServices.Take();
        foreach ((ObjectKey key, BgpServiceReport? report) in bgpReports) TellOfBgp(key, report, events);
        foreach ((string peer, EventReport told) in bgpNews)
            if (config.Verdicts.FirstOrDefault(v => v.Meta.Kind == ConfigKinds.BgpPeer && v.Meta.Key.Name == peer) is { } verdict) events.Add((EventSubject.Of(verdict.Meta), told));
        bgpNews.Clear();
        ImmutableHashSet<ObjectKey> orphaned = sweep.Look(facts, plan, snapshot.LiveSpeakers, now);
        NodeReport ofNode = new(node, bgpSessions.All, maintenance) { Interfaces = Usable, Heartbeats = heartbeats, Owned = layer2 is null ? null : owned.Addresses, Version = BuildInfo.Version };
        return new(plan, reports, bgpReports, ofNode, orphaned, snapshot.LiveSpeakers, events, configuration ??= ConfigurationReport.Of(config), layer2?.Report.Conflicts ?? [], takeovers.ToValueArray());
    }

    /// <summary>The interfaces as the other speakers are told of them; nothing before they have been looked at.</summary>
    private ValueArray<NodeInterface>? Usable => layer2?.Report.Interfaces.Where(i => i.Fault is null).Select(i => new NodeInterface(i.Name, i.Mac, i.AnswersArp, i.AnswersNdp)).ToValueArray();

    /// <summary>Services of which this node may have to say something else: by the plan, or by what the announcer says of their addresses.</summary>
    private ValueArray<ObjectKey> ToJudge(AnnouncementPlan plan, Layer2Findings findings)
    {
        IReadOnlySet<IpAddress>? addresses = ReferenceEquals(findings, judgedBy) ? FrozenSet<IpAddress>.Empty : findings.Since(judgedBy);
        if (plan.Changed is not { } changed || addresses is null) return plan.Services.Keys.Union(own.Keys).ToValueArray();
        return addresses.Count == 0 ? changed : changed.Union(plan.Services.Where(s => s.Value.Layer2.Any(a => a.Node == node && addresses.Contains(a.Address))).Select(s => s.Key)).ToValueArray();
    }

    private void Judge(
        ObjectKey service, AnnouncementPlan plan, PresentOwner? recorded, Layer2Findings findings, DateTimeOffset now, Dictionary<ObjectKey, Layer2ServiceReport?> reports,
        List<(EventSubject, EventReport)> events)
    {
        ServiceAnnouncements? announcements = plan.Services.GetValueOrDefault(service);
        Layer2Announcement[] ours = announcements is null ? [] : [.. announcements.Layer2.Where(a => a.Node == node)];
        if (ours.Length == 0)
        {
            Layer2ServiceReport? left = reports[service] = announcements is null or { Layer2.IsEmpty: true } ? null : Layer2ServiceReport.LeftToOther;
            if (left is null) own.Remove(service); else own[service] = left;
            if (left is null) others.Remove(service); else if (recorded is { Addresses: null or { IsEmpty: false } }) others[service] = recorded;
            return;
        }
        if (findings.Of(ours, plan.Layer2) is not { } found) return;
        Layer2ServiceReport? before = own.GetValueOrDefault(service) ?? SaidByPredecessor(service);
        Layer2ServiceReport report = reports[service] = own[service] = found with { Since = before is { Since: var since } && since != default && before.Addresses == found.Addresses ? since : now };
        PresentOwner?[] owners = [recorded, others.GetValueOrDefault(service)];
        foreach (IpAddress address in found.Addresses.Where(a => before?.Addresses.Contains(a) != true))
            if (Array.Find(owners, o => o is not null && o.Node != node && o.Owns(address)) is { } owner) takeovers.Add(CauseOf(owner.Node, service));
        others.Remove(service);
        if (facts.Service(service) is { } record)
            foreach (EventReport told in News(before, report)) events.Add((EventSubject.Of(record.View), told));
    }

    private TakeoverCause CauseOf(string owner, ObjectKey service) =>
        left.Contains(owner) ? TakeoverCause.OwnerLeft
        : live?.Contains(owner) == false ? TakeoverCause.OwnerDead
        : facts.Service(service)?.View.MoveTo == node ? TakeoverCause.Moved
        : TakeoverCause.OwnerUnfit;

    /// <summary>Two speakers may meet for a moment, where one has not heard yet that it hands over; that is no news.</summary>
    private void TellOfConflicts(AnnouncementPlan plan, ValueArray<AddressConflict> conflicts, DateTimeOffset now, List<(EventSubject, EventReport)> events)
    {
        ValueArray<AddressConflict> lasting = conflicts.Where(c => c.Fellow is null || now - c.Since >= LastingConflict).ToValueArray();
        AddressConflict[] news = [.. lasting.AsEnumerable().Except(toldConflicts.AsEnumerable())];
        toldConflicts = lasting;
        foreach (AddressConflict conflict in news)
            foreach ((ObjectKey service, ServiceAnnouncements announcements) in plan.Services)
                if (announcements.Layer2.Any(a => a.Address == conflict.Address && a.Node == node) && facts.Service(service) is { } record)
                    events.Add((EventSubject.Of(record.View), new(true, EventReason.AddressConflict, $"{Layer2Findings.Holder(conflict)} has {conflict.Address} too; node {node} {Outcome(conflict.Outcome)}")));
    }

    private static string Outcome(ConflictOutcome outcome) => outcome switch
    {
        ConflictOutcome.Refused => "does not claim it",
        ConflictOutcome.Defended => "goes on answering and says that it has it",
        ConflictOutcome.Yielded => "leaves it to that one",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    private void TellOfBgp(ObjectKey service, BgpServiceReport? report, List<(EventSubject, EventReport)> events)
    {
        if (report is null)
            toldOfBgp.Remove(service);
        // What the speaker that ran here before said is no news.
        else if (toldOfBgp.Add(service) && !facts.BgpStatusesOf(service).Any(s => s.Node == node) && facts.Service(service) is { } record)
            events.Add((EventSubject.Of(record.View), new(false, EventReason.NodeAssigned, $"announcing from node \"{node}\" with protocol \"bgp\"")));
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
        facts.Layer2StatusesOf(service).FirstOrDefault(s => s.Node == node) is { } said
            ? new(said.IsAnnounced, said.Interfaces, said.NotAnnounced) { Addresses = said.Addresses ?? [], Since = said.Since ?? default }
            : null;
}
