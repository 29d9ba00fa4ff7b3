using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Speaker;

namespace LbSpeaker.Observability;

/// <summary>The speaker's figures: what this node announces, by MetalLB's names, what it should and cannot, and what it took over from others.</summary>
internal sealed class SpeakerMetrics : IDisposable
{
    internal Meter Meter { get; } = new("LbSpeaker.Speaker");
    private static readonly string[] Causes = Enum.GetNames<TakeoverCause>();

    private volatile AnnouncementPlan? plan;
    private volatile ImmutableDictionary<ObjectKey, ValueArray<NotAnnouncedView>> failures = ImmutableDictionary<ObjectKey, ValueArray<NotAnnouncedView>>.Empty;
    private volatile bool isStale;
    private readonly long[] takeovers = new long[Causes.Length];
    private readonly Histogram<double> planTime;
    private volatile IReadOnlyList<AddressConflict> conflicts = [];

    public SpeakerMetrics(string node)
    {
        Meter.CreateObservableGauge("metallb_speaker_announced", () => Announced(node), description: "1 for each address of a Service that this node announces");
        Meter.CreateObservableGauge("lbspeaker_speaker_not_announced", () => NotAnnounced(node), description: "1 for each address of a Service that this node is to announce and cannot, by reason");
        Meter.CreateObservableGauge("lbspeaker_speaker_address_conflict", () => Conflicts(node), description: "1 for each host on the segment that has an address of this node, by hardware address and what came of it");
        Meter.CreateObservableCounter("lbspeaker_speaker_takeovers_total", () => Causes.Select((c, i) => new Measurement<long>(Volatile.Read(ref takeovers[i]), new("node", node), new("cause", c))),
            description: "addresses that this node has taken over from another one at Layer 2, by cause");
        planTime = Meter.CreatePlanTime("lbspeaker_speaker_plan_seconds");
        Meter.CreateObservableGauge("metallb_k8s_client_config_loaded_bool", () => plan is null ? 0 : 1, description: "1 once a configuration is in force");
        Meter.CreateObservableGauge("metallb_k8s_client_config_stale_bool", () => isStale ? 1 : 0, description: "1 while some configuration object is at fault");
    }

    /// <param name="took">What it took to make the plan.</param>
    public void Set(SpeakerTurn turn, TimeSpan took)
    {
        planTime.Record(took.TotalSeconds);
        foreach (TakeoverCause cause in turn.Takeovers.AsEnumerable()) Interlocked.Increment(ref takeovers[(int)cause]);
        ImmutableDictionary<ObjectKey, ValueArray<NotAnnouncedView>>.Builder now = failures.ToBuilder();
        foreach ((ObjectKey service, Layer2ServiceReport? report) in turn.Reports ?? new Dictionary<ObjectKey, Layer2ServiceReport?>())
            if (report is null || report.NotAnnounced.IsEmpty) now.Remove(service); else now[service] = report.NotAnnounced;
        plan = turn.Plan;
        failures = now.ToImmutable();
        isStale = !turn.Configuration.IsValid;
        conflicts = turn.Conflicts;
    }

    public void Dispose() => Meter.Dispose();

    private IEnumerable<Measurement<long>> Announced(string node)
    {
        ImmutableDictionary<ObjectKey, ValueArray<NotAnnouncedView>> without = failures;
        foreach ((ObjectKey service, ServiceAnnouncements announcements) in plan?.Services ?? [])
            foreach (Layer2Announcement announcement in announcements.Layer2.Where(a => a.Node == node))
                if (announcement.Address.ToString() is var ip && !without.GetValueOrDefault(service).Any(f => f.Address == ip)) yield return Of("layer2", service, node, ip);
        foreach ((ObjectKey service, ServiceAnnouncements announcements) in plan?.Services ?? [])
            foreach (IpAddress address in announcements.Bgp.Where(a => a.Nodes.Contains(node)).Select(a => a.Address).Distinct()) yield return Of("bgp", service, node, address.ToString());
    }

    private IEnumerable<Measurement<long>> NotAnnounced(string node)
    {
        foreach ((ObjectKey service, ValueArray<NotAnnouncedView> addresses) in failures)
            foreach (NotAnnouncedView failure in addresses.AsEnumerable()) yield return Of("layer2", service, node, failure.Address, new KeyValuePair<string, object?>("reason", failure.Reason));
    }

    private IEnumerable<Measurement<long>> Conflicts(string node) => conflicts.Select(c => new Measurement<long>(
        1, [new("node", node), new("ip", c.Address.ToString()), new("mac", c.Mac.ToString()), new("interface", c.Interface), new("fellow", c.Fellow ?? ""), new("outcome", c.Outcome.ToString())]));

    private static Measurement<long> Of(string protocol, ObjectKey service, string node, string ip, params KeyValuePair<string, object?>[] more) =>
        new(1, [new("service", service.ToString()), new("protocol", protocol), new("node", node), new("ip", ip), .. more]);
}
