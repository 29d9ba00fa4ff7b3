using LbSpeaker.Cluster;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;

namespace LbSpeaker.Controller;

/// <summary>What one turn of the controller comes to: what each Service and configuration object is to say. Writers find the differences.</summary>
/// <param name="Released">Services that are none of ours.</param>
internal sealed record ControllerTurn(
    IReadOnlyList<ServiceReport> Services,
    IReadOnlyList<ObjectKey> Released,
    IReadOnlyList<ClaimReport> Claims,
    IReadOnlyList<ConfigReport> Configs,
    ConfigurationReport Configuration,
    IReadOnlyList<(EventSubject Subject, EventReport Event)> Events,
    AllocationPlan Allocation)
{
    /// <summary>What it was made from, and what else came of that.</summary>
    public required ClusterSnapshot Snapshot { get; init; }

    public required CompiledConfig Config { get; init; }

    public required AnnouncementPlan Announcements { get; init; }
}

/// <summary>
/// All that the controller knows, and the one turn of its loop: changes in, reports out. It performs nothing and has one owner, the loop.
/// </summary>
/// <param name="writes">What is reported is written, and stands from then on; an observer sees what others have written.</param>
internal sealed class ControllerState(string? loadBalancerClass, bool ignoreExcludeLabel, TimeProvider time, bool writes = true)
{
    private readonly ClusterFacts facts = new(readsSecrets: false);
    private readonly AssumedWrites assumed = new();
    private readonly HashSet<ObjectKey> toReport = [];
    private readonly Dictionary<ObjectKey, ServiceReport> reported = [];
    private readonly ConfigNews configNews = new();
    private readonly AllocationPlanner allocator = new(new AllocationOptions(loadBalancerClass));
    private readonly AnnouncementPlanner announcer = new(new AnnouncementOptions(IgnoreExcludeLabel: ignoreExcludeLabel, KnowsHeirs: writes));
    private readonly Outlooks outlooks = new();
    private readonly Quarantine quarantine = new();
    private readonly Claims claims = new();
    private readonly Rebalancing rebalancing = new();
    private IReadOnlyCollection<IpAddress> quarantined = [];
    private CompiledConfig? config;

    /// <summary>Of each BGPPeer in force; null where something that it follows from has changed.</summary>
    private Dictionary<ObjectKey, PeerSessions>? sessions;

    /// <summary>Of each advertisement, with the addresses of the last turn; null where something else that it follows from has changed.</summary>
    private Dictionary<(string Kind, ObjectKey Key), AdvertisementReport>? selections;

    /// <summary>When a turn is due although nothing changed; null for never.</summary>
    public DateTimeOffset? NextDue => new[] { quarantine.NextDue, rebalancing.NextDue, claims.NextDue, outlooks.NextDue }.Min();

    public void Apply(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord service }:
                // Another object of the same name, whose predecessor's end was not seen.
                if (facts.Service(service.Key) is { } old && old.View.Uid != service.View.Uid) Forget(service.Key);
                if (assumed.Seen(service)) toReport.Add(service.Key);
                break;
            case ClusterChange.Upserted { Record: Layer2StatusRecord status }:
                ReportOn(facts.ServiceOfStatus(ClusterKind.ServiceL2Status, status.Key));
                ReportOn(status.View.Service);
                quarantine.Apply(status.View, time.GetUtcNow());
                break;
            case ClusterChange.Upserted { Record: BgpStatusRecord status }:
                ReportOn(facts.ServiceOfStatus(ClusterKind.ServiceBGPStatus, status.Key));
                ReportOn(status.View.Service);
                break;
            case ClusterChange.Upserted { Record: NodeStateRecord } or ClusterChange.Removed { Kind: ClusterKind.NodeState }:
                sessions = null;
                break;
            case ClusterChange.Upserted { Record: ConfigRecord declared }:
                configNews.Observe(declared);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.Service } removed:
                Forget(removed.Key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status or ClusterKind.ServiceBGPStatus } removed:
                ReportOn(facts.ServiceOfStatus(removed.Kind, removed.Key));
                quarantine.Remove(removed.Key, time.GetUtcNow());
                break;
            case ClusterChange.Removed removed when removed.Kind.IsConfig():
                configNews.Forget(removed.Kind.ToString(), removed.Key);
                break;
        }
        facts.Apply(change, assumed.Overlay);
        if (change is ClusterChange.Upserted { Record: ClaimRecord claim }) facts.Builder.Set(claims.Observe(claim, time.GetUtcNow()));
        else if (change is ClusterChange.Removed { Kind: ClusterKind.IPClaim } gone) claims.Forget(gone.Key);
    }

    /// <summary>Plans. Services whose report may differ from the last are reported.</summary>
    public ControllerTurn Turn()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (ClaimView expired in claims.Expired(now)) facts.Builder.Set(expired);
        ClusterSnapshot snapshot = facts.Builder.Publish();
        IReadOnlyCollection<IpAddress>? moreQuarantined = quarantine.Take(now);
        quarantined = moreQuarantined ?? quarantined;
        if (config is null || snapshot.Changes.Config || snapshot.Changes.Nodes || moreQuarantined is not null)
        {
            config = ConfigCompiler.Compile(snapshot).WithQuarantine(quarantined);
            sessions = null;
            selections = null;
        }
        sessions ??= PeerSessions.Of(config, snapshot, facts.NodeReports);
        AllocationPlan allocation = allocator.Plan(config, snapshot);
        if (allocation.Changed is { } moved)
            snapshot = snapshot with { Changes = snapshot.Changes with { Services = snapshot.Changes.Services.Union(moved) } };
        AnnouncementPlan announcements = announcer.Plan(config, snapshot, service => HoldingAfter(allocation, service));

        OwnershipMove? begun = rebalancing.Next(config, announcer, now);
        if (begun is not null) toReport.Add(begun.Service);
        bool reportsAll = allocation.Changed is null || announcements.Changed is null;
        toReport.UnionWith(outlooks.Take(announcer, reportsAll, now));
        IEnumerable<ObjectKey> candidates = reportsAll ? snapshot.Services.Keys : allocation.Changed!.Value.Concat(announcements.Changed!.Value).Concat(toReport).Distinct();
        List<ServiceReport> reports = [];
        List<ObjectKey> released = [];
        List<(EventSubject, EventReport)> events = [];
        foreach (ObjectKey key in candidates.Order())
        {
            if (facts.Service(key) is not { } record || allocation.Services.GetValueOrDefault(key) is not { } decision) continue;
            // What is cleared away of it is not gone from its status yet; the wish to clear it stands until then.
            if (decision.Decision == AllocationDecision.NotOurs && assumed.Contains(key)) continue;
            ServiceAnnouncements announced = announcements.Services.GetValueOrDefault(key) ?? ServiceAnnouncements.None;
            ServiceReport? report = ServiceReport.Of(decision, record.View, !record.Conditions.IsEmpty, announced, facts.Layer2StatusesOf(key), facts.BgpStatusesOf(key));
            if (report?.Announced is { } head)
            {
                Heir? heir = announcer.HeirOf(key);
                report = report.With(outlooks.Of(record, head, heir, report.OutlookOf(announced, heir), now));
            }
            // It changed its type and then its class, and both are seen at once: the API server has taken the addresses, our annotation stays behind.
            if (report is null or { IsOfAnother: true } && record.View.Ingress.IsEmpty
                && reported.GetValueOrDefault(key) is { IsOfAnother: false, Pools: { } pools } && ServiceAnnotations.Read(record.View.Annotations, ServiceAnnotations.AllocatedFromPool) == pools)
                report = new(key, [], null, []);
            if (report is null)
            {
                reported.Remove(key);
                outlooks.Forget(key);
                released.Add(key);
                continue;
            }
            if (IsNews(report, record))
                foreach (EventReport told in AllocationEvents.Of(decision, record.View)) events.Add((EventSubject.Of(record.View), told));
            if (MoveReport.Of(record.View, announced, snapshot.Owners.GetValueOrDefault(key)) is { IsOver: true } move)
            {
                report = report with { EndsMove = true };
                if (move.Event is { } refused && !(reported.GetValueOrDefault(key)?.EndsMove ?? false)) events.Add((EventSubject.Of(record.View), refused));
            }
            if (begun?.Service == key) report = report with { BeginsMove = begun.To };
            reported[key] = report;
            reports.Add(report);
            if (!writes) continue;
            assumed.Assume(report, record);
            facts.Set(record, assumed.Overlay(record));
        }
        toReport.Clear();

        List<ClaimReport> claimReports = [];
        foreach ((ClaimReport report, ClaimView shown, ValueArray<EventReport> told) in claims.Take(allocation.Claims, allocation.ChangedClaims, now))
        {
            claimReports.Add(report);
            facts.Builder.Set(shown);
            foreach (EventReport one in told) events.Add((EventSubject.Of(shown), one));
        }

        selections ??= AdvertisementReport.Of(config, snapshot);
        for (int i = 0; i < config.L2Advertisements.Count; i++) Select(ConfigKinds.L2Advertisement, config.L2Advertisements[i], announcements.Selected.Layer2[i]);
        for (int i = 0; i < config.BgpAdvertisements.Count; i++) Select(ConfigKinds.BgpAdvertisement, config.BgpAdvertisements[i], announcements.Selected.Bgp[i]);
        Dictionary<ObjectKey, PoolUsage> usage = allocation.Pools.ToDictionary(p => p.Key);
        List<ConfigReport> configs = [.. config.Verdicts.Select(v => ConfigReport.Of(
            v,
            v.Meta.Kind == ConfigKinds.Pool ? usage.GetValueOrDefault(v.Meta.Key) : null,
            v.Meta.Kind == ConfigKinds.BgpPeer ? sessions.GetValueOrDefault(v.Meta.Key) ?? PeerSessions.None : null,
            selections.GetValueOrDefault((v.Meta.Kind, v.Meta.Key))))];
        foreach (ConfigReport report in configs)
            foreach (EventReport told in configNews.Tell(report)) events.Add((EventSubject.Of(report.Meta), told));
        return new(reports, released, claimReports, configs, ConfigurationReport.Of(config), events, allocation) { Snapshot = snapshot, Config = config, Announcements = announcements };
    }

    private void Forget(ObjectKey service)
    {
        assumed.Forget(service);
        reported.Remove(service);
        outlooks.Forget(service);
    }

    /// <summary>The same object while it selects the same.</summary>
    private void Select(string kind, CompiledAdvertisement advertisement, FirstOf<SelectedAddress> addresses)
    {
        AdvertisementReport last = selections![(kind, advertisement.Key)];
        if (last.Addresses != addresses) selections[(kind, advertisement.Key)] = last with { Addresses = addresses };
    }

    private void ReportOn(ObjectKey? service)
    {
        if (service is { } key) toReport.Add(key);
    }

    /// <summary>
    /// Events tell of changes only: of what is said about the addresses, compared with what was last said, and for a controller that has just taken
    /// over with what stands in the status.
    /// </summary>
    private bool IsNews(ServiceReport report, ServiceRecord record)
    {
        if (reported.TryGetValue(report.Service, out ServiceReport? last))
            return last.Addresses != report.Addresses || last.Pools != report.Pools || Allocated(last) != Allocated(report);
        ConditionReport? allocated = Allocated(report);
        return !ServiceStatusPatch.Shows(record, report)
            || !record.Conditions.Any(c => c.Type == allocated?.Type && c.Reason == allocated.Reason && c.Message == allocated.Message);
    }

    private static ConditionReport? Allocated(ServiceReport report) => report.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Allocated);

    private static ServiceHolding HoldingAfter(AllocationPlan allocation, ServiceView service) =>
        allocation.Services.GetValueOrDefault(service.Key) is { } decision ? new(decision.Addresses, decision.Pools) : ServiceHolding.Nothing;
}
