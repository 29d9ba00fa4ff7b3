using System.Collections.Immutable;
using LbSpeaker.Cluster;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Controller;

/// <summary>An event about a Service.</summary>
internal sealed record ServiceEvent(ServiceView Service, EventReport Event);

/// <summary>What one turn of the controller comes to: what each Service and configuration object is to say. Writers find the differences.</summary>
/// <param name="Released">Services that are none of ours.</param>
internal sealed record ControllerTurn(
    IReadOnlyList<ServiceReport> Services,
    IReadOnlyList<ObjectKey> Released,
    IReadOnlyList<ConfigReport> Configs,
    ConfigurationReport Configuration,
    IReadOnlyList<ServiceEvent> Events,
    AllocationPlan Allocation);

/// <summary>
/// All that the controller knows, and the one turn of its loop: records in, reports out. It performs nothing and has one owner, the loop.
/// </summary>
internal sealed class ControllerState(string? loadBalancerClass, bool ignoreExcludeLabel)
{
    private readonly ClusterFacts facts = new(readsSecrets: false);
    private readonly AssumedWrites assumed = new();
    private readonly HashSet<ObjectKey> toReport = [];
    private readonly Dictionary<ObjectKey, ServiceReport> reported = [];
    private readonly AllocationPlanner allocator = new(new AllocationOptions(loadBalancerClass));
    private readonly AnnouncementPlanner announcer = new(new AnnouncementOptions(IgnoreExcludeLabel: ignoreExcludeLabel));
    private CompiledConfig? config;

    public void Apply(ClusterRecord record)
    {
        switch (record)
        {
            case ServiceRecord service:
                assumed.Seen(service);
                facts.Set(service, assumed.Overlay(service));
                break;
            case Layer2StatusRecord status:
                toReport.Add(status.View.Service);
                facts.Apply(record);
                break;
            default:
                facts.Apply(record);
                break;
        }
    }

    public void Remove(ClusterKind kind, ObjectKey key)
    {
        if (kind == ClusterKind.Service)
        {
            assumed.Forget(key);
            reported.Remove(key);
        }
        if (kind == ClusterKind.ServiceL2Status && facts.ServiceOfStatus(key) is { } service) toReport.Add(service);
        facts.Remove(kind, key);
    }

    public void SetLiveSpeakers(ImmutableSortedSet<string>? speakers) => facts.Builder.SetLiveSpeakers(speakers);

    /// <summary>Plans. Services whose report may differ from the last are reported.</summary>
    public ControllerTurn Turn()
    {
        ClusterSnapshot snapshot = facts.Builder.Publish();
        if (config is null || snapshot.Changes.Config || snapshot.Changes.Nodes) config = ConfigCompiler.Compile(snapshot);
        AllocationPlan allocation = allocator.Plan(config, snapshot);
        if (allocation.Changed is { } moved)
            snapshot = snapshot with { Changes = snapshot.Changes with { Services = snapshot.Changes.Services.Union(moved) } };
        AnnouncementPlan announcements = announcer.Plan(config, snapshot, service => HoldingAfter(allocation, service));

        IEnumerable<ObjectKey> candidates = allocation.Changed is { } a && announcements.Changed is { } b ? a.Concat(b).Concat(toReport).Distinct() : snapshot.Services.Keys;
        List<ServiceReport> reports = [];
        List<ObjectKey> released = [];
        List<ServiceEvent> events = [];
        foreach (ObjectKey key in candidates.Order())
        {
            if (facts.Service(key) is not { } record || allocation.Services.GetValueOrDefault(key) is not { } decision) continue;
            ServiceReport? report = ServiceReport.Of(decision, announcements.Services.GetValueOrDefault(key) ?? ServiceAnnouncements.None, facts.Layer2StatusOf(key));
            if (report is null)
            {
                reported.Remove(key);
                released.Add(key);
                continue;
            }
            if (IsNews(report, record))
                events.AddRange(ServiceReport.EventsOf(decision, record.View).Select(e => new ServiceEvent(record.View, e)));
            reported[key] = report;
            reports.Add(report);
            assumed.Assume(report, record);
            facts.Set(record, assumed.Overlay(record));
        }
        toReport.Clear();

        Dictionary<ObjectKey, PoolUsage> usage = allocation.Pools.ToDictionary(p => p.Key);
        List<ConfigReport> configs =
            [.. config.Verdicts.Select(v => ConfigReport.Of(v, v.Meta.Kind == "IPAddressPool" ? usage.GetValueOrDefault(v.Meta.Key) : null))];
        return new(reports, released, configs, ConfigurationReport.Of(config), events, allocation);
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
        return !AssumedWrites.Shows(record, report)
            || !record.Conditions.Any(c => c.Type == allocated?.Type && c.Reason == allocated.Reason && c.Message == allocated.Message);
    }

    private static ConditionReport? Allocated(ServiceReport report) => report.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Allocated);

    private static ServiceHolding HoldingAfter(AllocationPlan allocation, ServiceView service) =>
        allocation.Services.GetValueOrDefault(service.Key) is { } decision ? new(decision.Addresses, decision.Pools) : ServiceHolding.Nothing;
}
