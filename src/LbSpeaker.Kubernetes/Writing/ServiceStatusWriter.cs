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
    private readonly AddressHandover handover;
    private readonly HashSet<ObjectKey> touched = [];

    public ServiceStatusWriter(KubernetesApi api, AddressHandover handover, ILogger<ServiceStatusWriter> log)
    {
        this.api = api;
        this.handover = handover;
        pump = new(Parallelism, WriteAsync, api.Time, log);
    }

    /// <summary>Takes note of Services; other changes mean nothing here.</summary>
    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord record }:
                if (!present.TryGetValue(record.Key, out ServiceRecord? before) || before.View.Ingress != record.View.Ingress)
                    handover.Observe(HolderName.OfService(record.Key), AddressesOf(record));
                present[record.Key] = record;
                touched.Add(record.Key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key } when present.Remove(key):
                desired.Remove(key);
                handover.Observe(HolderName.OfService(key), []);
                handover.SetDesired(HolderName.OfService(key), null);
                touched.Add(key);
                break;
        }
    }

    public void SetDesired(ServiceReport report)
    {
        if (desired.TryGetValue(report.Service, out ServiceReport? before) && before == report) return;
        desired[report.Service] = report;
        touched.Add(report.Service);
        handover.SetDesired(HolderName.OfService(report.Service), report.IsOfAnother ? null : report.Addresses);
    }

    /// <summary>The Service is none of ours: it is not written again until it is desired anew.</summary>
    public void Release(ObjectKey service)
    {
        if (!desired.Remove(service)) return;
        touched.Add(service);
        handover.SetDesired(HolderName.OfService(service), null);
    }

    /// <summary>Has everything written that differs since the last time. Returns at once.</summary>
    public void Flush()
    {
        DateTimeOffset now = api.Time.GetUtcNow();
        touched.UnionWith(handover.TakeAwake(claims: false));
        foreach (ObjectKey key in touched)
            if (PatchOf(key, now) is { } patch) pump.Enqueue(key, patch); else pump.Withdraw(key);
        touched.Clear();
    }

    /// <summary>Writes until cancelled; on cancellation (the lead is lost) nothing more is sent.</summary>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private byte[]? PatchOf(ObjectKey key, DateTimeOffset now)
    {
        if (!desired.TryGetValue(key, out ServiceReport? wish) || !present.TryGetValue(key, out ServiceRecord? record)) return null;
        // What it is to lose it loses already now: two that exchange their addresses would wait for each other for ever.
        return handover.MustWait(HolderName.OfService(key), wish.Addresses) ? ServiceStatusPatch.Dropping(record, wish.Addresses) : ServiceStatusPatch.Of(wish, record, now);
    }

    private static ValueArray<IpAddress> AddressesOf(ServiceRecord record) =>
        record.View.Ingress.Select(i => IpAddress.TryParse(i.Ip, out IpAddress address) ? address : (IpAddress?)null).OfType<IpAddress>().Distinct().ToValueArray();

    private async Task<ApiResult?> WriteAsync(ObjectKey key, byte[] patch, CancellationToken cancellation) =>
        await api.PatchAsync($"api/v1/namespaces/{key.Namespace}/services/{key.Name}/status", PatchType.StrategicMerge, patch, cancellation).ConfigureAwait(false);
}
