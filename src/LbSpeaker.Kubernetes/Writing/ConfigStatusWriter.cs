using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Brings the status of configuration objects in line: conditions, the last valid spec, the counters and holders of pools,
/// what advertisements select, and the sessions of BGPPeers. Fed like <see cref="HolderStatusWriter{TRecord, TReport}"/>: observe, set, flush.
/// </summary>
public sealed class ConfigStatusWriter
{
    private const int Parallelism = 4;

    /// <summary>Counters and lists of addresses change with each Service; nobody needs each of their values.</summary>
    private static readonly TimeSpan CounterSpacing = TimeSpan.FromSeconds(5);

    private readonly KubernetesApi api;
    private readonly WritePump<ConfigKey, byte[]> pump;
    private readonly Dictionary<ConfigKey, ConfigRecord> present = [];
    private readonly Dictionary<ConfigKey, ConfigReport> desired = [];
    private readonly HashSet<ConfigKey> touched = [];

    public ConfigStatusWriter(KubernetesApi api, ILogger<ConfigStatusWriter> log)
    {
        this.api = api;
        pump = new(Parallelism, WriteAsync, api.Time, log, CounterSpacing);
    }

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ConfigRecord record }:
                ConfigKey upserted = new(record.Declaration.Meta.Kind, record.Key);
                present[upserted] = record;
                touched.Add(upserted);
                break;
            case ClusterChange.Removed removed when removed.Kind.IsConfig():
                ConfigKey gone = new(removed.Kind.ToString(), removed.Key);
                present.Remove(gone);
                desired.Remove(gone);
                touched.Add(gone);
                break;
        }
    }

    public void SetDesired(ConfigReport report)
    {
        ConfigKey key = new(report.Meta.Kind, report.Meta.Key);
        if (desired.TryGetValue(key, out ConfigReport? before) && before == report) return;
        desired[key] = report;
        touched.Add(key);
    }

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.Flush"/>
    public void Flush()
    {
        DateTimeOffset now = api.Time.GetUtcNow();
        foreach (ConfigKey key in touched)
            if (desired.TryGetValue(key, out ConfigReport? wish) && present.TryGetValue(key, out ConfigRecord? record) && ConfigStatusPatch.Of(wish, record, now) is { } patch)
                pump.Enqueue(key, patch.Body, patch.IsUrgent);
            else
                pump.Withdraw(key);
        touched.Clear();
    }

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private async Task<ApiResult?> WriteAsync(ConfigKey key, byte[] patch, CancellationToken cancellation)
    {
        ClusterKind kind = Enum.Parse<ClusterKind>(key.Kind);
        string path = $"apis/{ApiNames.GroupVersionOf(kind)}/namespaces/{key.Key.Namespace}/{ApiNames.PluralOf(kind)}/{key.Key.Name}/status";
        return await api.PatchAsync(path, PatchType.Merge, patch, cancellation).ConfigureAwait(false);
    }

    private readonly record struct ConfigKey(string Kind, ObjectKey Key)
    {
        public override string ToString() => $"{Kind} {Key}";
    }
}
