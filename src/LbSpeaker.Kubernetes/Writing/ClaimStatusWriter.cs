using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>Brings the status of IPClaims in line with the controller's reports. Fed like <see cref="ServiceStatusWriter"/>: observe, set, flush.</summary>
public sealed class ClaimStatusWriter
{
    private const int Parallelism = 4;

    private readonly KubernetesApi api;
    private readonly WritePump<ObjectKey, byte[]> pump;
    private readonly Dictionary<ObjectKey, ClaimRecord> present = [];
    private readonly Dictionary<ObjectKey, ClaimReport> desired = [];
    private readonly AddressHandover handover;
    private readonly HashSet<ObjectKey> touched = [];

    public ClaimStatusWriter(KubernetesApi api, AddressHandover handover, ILogger<ClaimStatusWriter> log)
    {
        this.api = api;
        this.handover = handover;
        pump = new(Parallelism, WriteAsync, api.Time, log);
    }

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ClaimRecord record }:
                present[record.Key] = record;
                handover.Observe(HolderName.OfClaim(record.Key), AddressesOf(record));
                touched.Add(record.Key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.IPClaim, Key: var key }:
                present.Remove(key);
                desired.Remove(key);
                handover.Observe(HolderName.OfClaim(key), []);
                handover.SetDesired(HolderName.OfClaim(key), null);
                touched.Add(key);
                break;
        }
    }

    public void SetDesired(ClaimReport report)
    {
        if (desired.TryGetValue(report.Claim, out ClaimReport? before) && before == report) return;
        desired[report.Claim] = report;
        touched.Add(report.Claim);
        handover.SetDesired(HolderName.OfClaim(report.Claim), report.Addresses);
    }

    /// <inheritdoc cref="ServiceStatusWriter.Flush"/>
    public void Flush()
    {
        DateTimeOffset now = api.Time.GetUtcNow();
        touched.UnionWith(handover.TakeAwake(claims: true));
        foreach (ObjectKey key in touched)
            if (PatchOf(key, now) is { } patch) pump.Enqueue(key, patch); else pump.Withdraw(key);
        touched.Clear();
    }

    /// <inheritdoc cref="ServiceStatusWriter.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private byte[]? PatchOf(ObjectKey key, DateTimeOffset now)
    {
        if (!desired.TryGetValue(key, out ClaimReport? wish) || !present.TryGetValue(key, out ClaimRecord? record)) return null;
        // What it is to lose it loses already now, as a Service does.
        return handover.MustWait(HolderName.OfClaim(key), wish.Addresses) ? ClaimStatusPatch.Dropping(record, wish.Addresses) : ClaimStatusPatch.Of(wish, record, now);
    }

    private static ValueArray<IpAddress> AddressesOf(ClaimRecord record) =>
        record.View.Held.Select(h => IpAddress.TryParse(h, out IpAddress address) ? address : (IpAddress?)null).OfType<IpAddress>().Distinct().ToValueArray();

    private async Task<ApiResult?> WriteAsync(ObjectKey key, byte[] patch, CancellationToken cancellation)
    {
        string path = $"apis/{ApiNames.GroupVersionOf(ClusterKind.IPClaim)}/namespaces/{key.Namespace}/{ApiNames.PluralOf(ClusterKind.IPClaim)}/{key.Name}/status";
        return await api.PatchAsync(path, PatchType.Merge, patch, cancellation).ConfigureAwait(false);
    }
}
