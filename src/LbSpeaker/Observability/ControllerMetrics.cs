using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using LbSpeaker.Controller;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Observability;

/// <summary>The controller's figures: by MetalLB's names what each pool holds and has, and whether the configuration is in order; by ours which Services lack something, and how long things take.</summary>
internal sealed class ControllerMetrics : IDisposable
{
    internal Meter Meter { get; } = new("LbSpeaker.Controller");
    private volatile AllocationPlan? plan;
    private volatile bool isStale, leads;
    private readonly Histogram<double> planTime, allocationTime;

    /// <summary>Services of ours that lack an address or an announcement: why, each null where nothing is lacking.</summary>
    private volatile ImmutableDictionary<ObjectKey, (string? NotAllocated, string? NotAnnounced)> lacking = ImmutableDictionary<ObjectKey, (string?, string?)>.Empty;

    public ControllerMetrics()
    {
        Gauge("metallb_allocator_addresses_total", "addresses of the pool, held or available", p => Sum(Total(p, IpFamily.IPv4), Total(p, IpFamily.IPv6)));
        Gauge("metallb_allocator_addresses_in_use_total", "addresses of the pool that Services hold", p => Sum(p.AssignedIPv4, p.AssignedIPv6));
        Gauge("metallb_allocator_ipv4_addresses_total", "IPv4 addresses of the pool, held or available", p => Total(p, IpFamily.IPv4));
        Gauge("metallb_allocator_ipv4_addresses_in_use_total", "IPv4 addresses of the pool that Services hold", p => p.AssignedIPv4);
        Gauge("metallb_allocator_ipv6_addresses_total", "IPv6 addresses of the pool, held or available", p => Total(p, IpFamily.IPv6));
        Gauge("metallb_allocator_ipv6_addresses_in_use_total", "IPv6 addresses of the pool that Services hold", p => p.AssignedIPv6);
        CountOf("lbspeaker_controller_services_not_allocated", "Services that lack an address, all or one that they ask for, by reason", l => l.NotAllocated);
        CountOf("lbspeaker_controller_services_not_announced", "Services that hold an address and are not announced as they should be, by reason", l => l.NotAnnounced);
        planTime = Meter.CreatePlanTime("lbspeaker_controller_plan_seconds");
        allocationTime = Meter.CreateSeconds("lbspeaker_controller_allocation_seconds", "how long a Service waited, from when it was first seen without an address until the API server showed it with one",
            0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);
        Meter.CreateObservableGauge("lbspeaker_controller_leading_bool", () => leads ? 1 : 0, description: "1 on the replica that leads; the others say nothing about pools");
        // Not told by a replica that stands by: MetalLB's alerts would take its 0 for a fault.
        Meter.CreateObservableGauge("metallb_k8s_client_config_loaded_bool", () => WhileLeading(plan is not null), description: "1 once a configuration is in force");
        Meter.CreateObservableGauge("metallb_k8s_client_config_stale_bool", () => WhileLeading(isStale), description: "1 while some configuration object is at fault");
    }

    /// <param name="took">What it took to make it.</param>
    public void Set(ControllerTurn turn, TimeSpan took)
    {
        planTime.Record(took.TotalSeconds);
        ImmutableDictionary<ObjectKey, (string?, string?)>.Builder now = lacking.ToBuilder();
        now.RemoveRange(turn.Released.Concat(now.Keys.Where(k => !turn.Allocation.Services.ContainsKey(k)).ToArray()));
        foreach (ServiceReport report in turn.Services)
            if (LackOf(report) is var lack && lack != (null, null)) now[report.Service] = lack; else now.Remove(report.Service);
        lacking = now.ToImmutable();
        plan = turn.Allocation;
        isStale = !turn.Configuration.IsValid;
    }

    /// <summary>A Service has got its first address.</summary>
    public void Allocated(TimeSpan waited) => allocationTime.Record(waited.TotalSeconds);

    /// <summary>A replica that does not lead knows of no plan.</summary>
    public void Leads(bool now)
    {
        leads = now;
        if (now) return;
        plan = null;
        lacking = lacking.Clear();
        isStale = false;
    }

    public void Dispose() => Meter.Dispose();

    private Measurement<int>[] WhileLeading(bool value) => leads ? [new(value ? 1 : 0)] : [];

    private static (string? NotAllocated, string? NotAnnounced) LackOf(ServiceReport report)
    {
        return (Reason(ConditionTypes.Allocated, ConditionReasons.Allocated), report.Addresses.IsEmpty ? null : Reason(ConditionTypes.Announced, ConditionReasons.Announced));

        string? Reason(string type, string well) => report.Conditions.FirstOrDefault(c => c.Type == type) is { } condition && condition.Reason != well ? condition.Reason : null;
    }

    private void CountOf(string name, string description, Func<(string? NotAllocated, string? NotAnnounced), string?> reason) => Meter.CreateObservableGauge(name, () => lacking.Values
        .Select(reason).OfType<string>().GroupBy(r => r).Select(r => new Measurement<int>(r.Count(), new KeyValuePair<string, object?>("reason", r.Key))), description: description);

    private void Gauge(string name, string description, Func<PoolUsage, long> value) =>
        Meter.CreateObservableGauge(name, () => (plan?.Pools ?? []).Select(p => new Measurement<long>(value(p), new KeyValuePair<string, object?>("pool", p.Name))), description: description);

    private static long Total(PoolUsage pool, IpFamily family) =>
        family == IpFamily.IPv4 ? Sum(pool.AssignedIPv4, pool.AvailableIPv4) : Sum(pool.AssignedIPv6, pool.AvailableIPv6);

    /// <summary>Counters of large IPv6 prefixes stand at the highest number, and so do their sums.</summary>
    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
