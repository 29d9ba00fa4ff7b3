using System.Diagnostics.Metrics;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Kubernetes;

/// <summary>The counters of this room, meter <see cref="MeterName"/>; the first two under the names that MetalLB's dashboards read.</summary>
public sealed class KubernetesMetrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Kubernetes";

    private readonly Meter meter;
    private readonly Lock gate = new();
    private readonly HashSet<LastWord> watched = [];
    private readonly Counter<long> updates, updateErrors, droppedEvents, relists;

    public KubernetesMetrics(IMeterFactory? meters = null)
    {
        meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        updates = meter.CreateCounter<long>("metallb_k8s_client_updates_total", description: "Number of Kubernetes object updates that have been processed.");
        updateErrors = meter.CreateCounter<long>("metallb_k8s_client_update_errors_total", description: "Number of Kubernetes object updates that failed for some reason.");
        droppedEvents = meter.CreateCounter<long>("lbspeaker_k8s_events_dropped_total", description: "Events that could not be written: their queue was full, or the server did not take them.");
        relists = meter.CreateCounter<long>("lbspeaker_k8s_relists_total", description: "Complete lists after the first, by kind.");
        meter.CreateObservableGauge("lbspeaker_k8s_silence_seconds", Silences, description: "Seconds since the last word of the API server about a watched kind: a list, a change, or the bookmark that comes each minute.");
    }

    public void CountChange() => updates.Add(1);

    /// <summary>A failed write counts as an error; a conflict is none, and a retry that succeeds has counted its failure before.</summary>
    internal void CountWrite(ApiOutcome outcome)
    {
        if (outcome is not (ApiOutcome.Ok or ApiOutcome.Conflict or ApiOutcome.NotFound)) updateErrors.Add(1);
    }

    public void CountShapeFault() => updateErrors.Add(1);

    public void CountDroppedEvent() => droppedEvents.Add(1);

    public void CountRelist(string kind) => relists.Add(1, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>A kind is watched from now on, until the returned is disposed of.</summary>
    internal LastWord Watch(string kind, TimeProvider time)
    {
        LastWord made = new(kind, time, gone =>
        {
            lock (gate) watched.Remove(gone);
        });
        lock (gate) watched.Add(made);
        return made;
    }

    public void Dispose() => meter.Dispose();

    /// <summary>Of a kind that is watched in several namespaces the longest.</summary>
    private IEnumerable<Measurement<double>> Silences()
    {
        lock (gate)
            return [.. watched.GroupBy(w => w.Kind).Select(k => new Measurement<double>(k.Max(w => w.Silence.TotalSeconds), new KeyValuePair<string, object?>("kind", k.Key)))];
    }
}
