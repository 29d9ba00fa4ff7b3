using System.Collections.Concurrent;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Brings the status of Services in line with the controller's reports. It holds what each Service is to be and how the watch last showed it;
/// what differs is written, whoever made it differ, and what does not is left alone.
/// </summary>
/// <remarks>
/// Fed by one loop: <see cref="Observe"/> for each change of a batch, then <see cref="SetDesired"/> for what the plan says, then
/// <see cref="Flush"/>. The order matters: between a change and the plan that answers it the old wish must not be written.
/// </remarks>
public sealed class ServiceStatusWriter
{
    private const int Parallelism = 16;

    private readonly KubernetesApi api;
    private readonly WritePump<ObjectKey> pump;
    private readonly ConcurrentDictionary<ObjectKey, ServiceRecord> present = new();
    private readonly ConcurrentDictionary<ObjectKey, ServiceReport> desired = new();
    private readonly HashSet<ObjectKey> touched = [];

    public ServiceStatusWriter(KubernetesApi api, ILogger<ServiceStatusWriter> log)
    {
        this.api = api;
        pump = new(Parallelism, WriteAsync, api.Time, log);
    }

    /// <summary>Takes note of Services; other changes mean nothing here.</summary>
    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord record }:
                present[record.Key] = record;
                touched.Add(record.Key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key }:
                present.TryRemove(key, out _);
                desired.TryRemove(key, out _);
                break;
        }
    }

    public void SetDesired(ServiceReport report)
    {
        desired[report.Service] = report;
        touched.Add(report.Service);
    }

    /// <summary>The Service is none of ours: it is not written again until it is desired anew.</summary>
    public void Release(ObjectKey service) => desired.TryRemove(service, out _);

    /// <summary>Has everything written that differs since the last time. Returns at once.</summary>
    public void Flush()
    {
        DateTimeOffset now = api.Time.GetUtcNow();
        foreach (ObjectKey key in touched)
            if (PatchOf(key, now) is not null) pump.Enqueue(key);
        touched.Clear();
    }

    /// <summary>Writes until cancelled; on cancellation (the lead is lost) nothing more is sent.</summary>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private byte[]? PatchOf(ObjectKey key, DateTimeOffset now) =>
        desired.TryGetValue(key, out ServiceReport? wish) && present.TryGetValue(key, out ServiceRecord? record) ? ServiceStatusPatch.Of(wish, record, now) : null;

    private async Task<ApiResult?> WriteAsync(ObjectKey key, CancellationToken cancellation) => PatchOf(key, api.Time.GetUtcNow()) is { } patch
        ? await api.PatchAsync($"api/v1/namespaces/{key.Namespace}/services/{key.Name}/status", PatchType.StrategicMerge, patch, cancellation).ConfigureAwait(false)
        : null;
}
