using System.Diagnostics.Metrics;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Speaker;

namespace LbSpeaker.Observability;

/// <summary>The speaker's gauges: what this node announces, by MetalLB's names, and what it should and cannot.</summary>
internal sealed class SpeakerMetrics : IDisposable
{
    private readonly Meter meter = new("LbSpeaker.Speaker");
    private volatile AnnouncementPlan? plan;
    private volatile IReadOnlyDictionary<(ObjectKey Service, string Address), string> failures = new Dictionary<(ObjectKey, string), string>();
    private volatile bool isStale;

    public SpeakerMetrics(string node)
    {
        meter.CreateObservableGauge("metallb_speaker_announced", () => Announced(node), description: "1 for each address of a Service that this node announces");
        meter.CreateObservableGauge("lbspeaker_speaker_not_announced", () => NotAnnounced(node), description: "1 for each address of a Service that this node is to announce and cannot, by reason");
        meter.CreateObservableGauge("metallb_k8s_client_config_loaded_bool", () => plan is null ? 0 : 1, description: "1 once a configuration is in force");
        meter.CreateObservableGauge("metallb_k8s_client_config_stale_bool", () => isStale ? 1 : 0, description: "1 while some configuration object is at fault");
    }

    public void Set(SpeakerTurn turn)
    {
        Dictionary<(ObjectKey, string), string> now = [];
        foreach ((ObjectKey service, Layer2ServiceReport report) in turn.Own ?? new Dictionary<ObjectKey, Layer2ServiceReport>())
            foreach (NotAnnouncedView failure in report.NotAnnounced) now[(service, failure.Address)] = failure.Reason;
        plan = turn.Plan;
        failures = now;
        isStale = !turn.Configuration.IsValid;
    }

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Announced(string node)
    {
        IReadOnlyDictionary<(ObjectKey, string), string> without = failures;
        foreach ((ObjectKey service, ServiceAnnouncements announcements) in plan?.Services ?? [])
            foreach (Layer2Announcement announcement in announcements.Layer2.Where(a => a.Node == node))
                if (announcement.Address.ToString() is var ip && !without.ContainsKey((service, ip))) yield return Of(service, node, ip);
    }

    private IEnumerable<Measurement<long>> NotAnnounced(string node)
    {
        foreach (((ObjectKey service, string ip), string reason) in failures) yield return Of(service, node, ip, new KeyValuePair<string, object?>("reason", reason));
    }

    private static Measurement<long> Of(ObjectKey service, string node, string ip, params KeyValuePair<string, object?>[] more) =>
        new(1, [new("service", service.ToString()), new("protocol", "layer2"), new("node", node), new("ip", ip), .. more]);
}
