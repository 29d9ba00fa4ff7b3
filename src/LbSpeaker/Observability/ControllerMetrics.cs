using System.Diagnostics.Metrics;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Observability;

/// <summary>The controller's gauges, by MetalLB's names: what each pool holds and has, and whether the configuration is in order.</summary>
internal sealed class ControllerMetrics : IDisposable
{
    internal Meter Meter { get; } = new("LbSpeaker.Controller");
    private volatile AllocationPlan? plan;
    private volatile bool isStale, leads;

    public ControllerMetrics()
    {
        Gauge("metallb_allocator_addresses_total", "addresses of the pool, held or available", p => Sum(Total(p, IpFamily.IPv4), Total(p, IpFamily.IPv6)));
        Gauge("metallb_allocator_addresses_in_use_total", "addresses of the pool that Services hold", p => Sum(p.AssignedIPv4, p.AssignedIPv6));
        Gauge("metallb_allocator_ipv4_addresses_total", "IPv4 addresses of the pool, held or available", p => Total(p, IpFamily.IPv4));
        Gauge("metallb_allocator_ipv4_addresses_in_use_total", "IPv4 addresses of the pool that Services hold", p => p.AssignedIPv4);
        Gauge("metallb_allocator_ipv6_addresses_total", "IPv6 addresses of the pool, held or available", p => Total(p, IpFamily.IPv6));
        Gauge("metallb_allocator_ipv6_addresses_in_use_total", "IPv6 addresses of the pool that Services hold", p => p.AssignedIPv6);
        Meter.CreateObservableGauge("lbspeaker_controller_leading_bool", () => leads ? 1 : 0, description: "1 on the replica that leads; the others say nothing about pools");
        // Not told by a replica that stands by: MetalLB's alerts would take its 0 for a fault.
        Meter.CreateObservableGauge("metallb_k8s_client_config_loaded_bool", () => WhileLeading(plan is not null), description: "1 once a configuration is in force");
        Meter.CreateObservableGauge("metallb_k8s_client_config_stale_bool", () => WhileLeading(isStale), description: "1 while some configuration object is at fault");
    }

    public void Set(AllocationPlan allocation, bool configIsValid)
    {
        plan = allocation;
        isStale = !configIsValid;
    }

    /// <summary>A replica that does not lead knows of no plan.</summary>
    public void Leads(bool now)
    {
        leads = now;
        if (now) return;
        plan = null;
        isStale = false;
    }

    public void Dispose() => Meter.Dispose();

    private Measurement<int>[] WhileLeading(bool value) => leads ? [new(value ? 1 : 0)] : [];

    private void Gauge(string name, string description, Func<PoolUsage, long> value) =>
        Meter.CreateObservableGauge(name, () => (plan?.Pools ?? []).Select(p => new Measurement<long>(value(p), new KeyValuePair<string, object?>("pool", p.Name))), description: description);

    private static long Total(PoolUsage pool, IpFamily family) =>
        family == IpFamily.IPv4 ? Sum(pool.AssignedIPv4, pool.AvailableIPv4) : Sum(pool.AssignedIPv6, pool.AvailableIPv6);

    /// <summary>Counters of large IPv6 prefixes stand at the highest number, and so do their sums.</summary>
    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
