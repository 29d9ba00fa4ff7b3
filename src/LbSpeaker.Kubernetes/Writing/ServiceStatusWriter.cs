using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
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
/// Owned by one loop: <see cref="Observe"/> for each change of a batch, then <see cref="SetDesired"/> for what the plan says, then
/// <see cref="Flush"/>. Only at the flush do the two meet, so that a wish is never written over a state that it did not know.
/// </remarks>
public sealed class ServiceStatusWriter
{
    private const int Parallelism = 16;

    private readonly KubernetesApi api;
    private readonly WritePump<ObjectKey, byte[]> pump;
    private readonly Dictionary<ObjectKey, ServiceRecord> present = [];
    private readonly Dictionary<ObjectKey, ServiceReport> desired = [];
    private readonly AddressHandover handover = new();
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
                touched.UnionWith(handover.Observe(present.GetValueOrDefault(record.Key), record));
                present[record.Key] = record;
                touched.Add(record.Key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key } when present.Remove(key, out ServiceRecord? gone):
                desired.Remove(key);
                touched.UnionWith(handover.Observe(gone, null));
                touched.Add(key);
                break;
        }
    }

    public void SetDesired(ServiceReport report)
    {
        if (desired.TryGetValue(report.Service, out ServiceReport? before) && before == report) return;
        desired[report.Service] = report;
        Touch(report.Service);
    }

    /// <summary>The Service is none of ours: it is not written again until it is desired anew.</summary>
    public void Release(ObjectKey service)
    {
        if (desired.Remove(service)) Touch(service);
    }

    /// <summary>Has everything written that differs since the last time. Returns at once.</summary>
    public void Flush()
    {
        DateTimeOffset now = api.Time.GetUtcNow();
        foreach (ObjectKey key in touched)
            if (PatchOf(key, now) is { } patch) pump.Enqueue(key, patch); else pump.Withdraw(key);
        touched.Clear();
    }

    /// <summary>Writes until cancelled; on cancellation (the lead is lost) nothing more is sent.</summary>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    /// <summary>It, and those that wait for what it shows: whether it gives that up may have changed.</summary>
    private void Touch(ObjectKey service)
    {
        touched.Add(service);
        if (present.TryGetValue(service, out ServiceRecord? record))
            foreach (IngressView entry in record.View.Ingress)
                if (IpAddress.TryParse(entry.Ip, out IpAddress address)) touched.UnionWith(handover.WaitersFor(address));
    }

    private byte[]? PatchOf(ObjectKey key, DateTimeOffset now)
    {
        if (!desired.TryGetValue(key, out ServiceReport? wish) || !present.TryGetValue(key, out ServiceRecord? record)) return null;
        bool waits = false;
        foreach (IpAddress address in wish.Addresses) waits |= handover.MustWait(key, address, GivesUp);
        // What it is to lose it loses already now: two that exchange their addresses would wait for each other for ever.
        return waits ? ServiceStatusPatch.Dropping(record, wish.Addresses) : ServiceStatusPatch.Of(wish, record, now);
    }

    private bool GivesUp(ObjectKey service, IpAddress address) =>
        desired.TryGetValue(service, out ServiceReport? wish) && !wish.IsOfAnother && !wish.Addresses.Contains(address);

    private async Task<ApiResult?> WriteAsync(ObjectKey key, byte[] patch, CancellationToken cancellation) =>
        await api.PatchAsync($"api/v1/namespaces/{key.Namespace}/services/{key.Name}/status", PatchType.StrategicMerge, patch, cancellation).ConfigureAwait(false);
}
