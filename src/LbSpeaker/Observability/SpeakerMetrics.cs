using System.Diagnostics.Metrics;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Observability;

/// <summary>The speaker's gauges: what this node announces, by MetalLB's names.</summary>
internal sealed class SpeakerMetrics : IDisposable
{
    private readonly Meter meter = new("LbSpeaker.Speaker");
    private volatile AnnouncementPlan? plan;
    private volatile bool isStale;

    public SpeakerMetrics(string node)
    {
        meter.CreateObservableGauge("metallb_speaker_announced", () => Announced(node), description: "1 for each address of a Service that this node announces");
        meter.CreateObservableGauge("metallb_k8s_client_config_loaded_bool", () => plan is null ? 0 : 1, description: "1 once a configuration is in force");
        meter.CreateObservableGauge("metallb_k8s_client_config_stale_bool", () => isStale ? 1 : 0, description: "1 while some configuration object is at fault");
    }

    public void Set(AnnouncementPlan announcements, bool configIsValid)
    {
        plan = announcements;
        isStale = !configIsValid;
    }

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Announced(string node)
    {
        foreach ((ObjectKey service, ServiceAnnouncements announcements) in plan?.Services ?? [])
            foreach (Layer2Announcement announcement in announcements.Layer2.Where(a => a.Node == node))
                yield return new(1, new("service", service.ToString()), new("protocol", "layer2"), new("node", node), new KeyValuePair<string, object?>("ip", announcement.Address.ToString()));
    }
}
