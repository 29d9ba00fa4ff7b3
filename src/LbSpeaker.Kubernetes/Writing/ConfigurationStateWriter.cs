using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Says what this component thinks of the whole configuration, in its own ConfigurationState; written anew when somebody deletes or edits it.
/// Fed like <see cref="HolderStatusWriter{TRecord, TReport}"/>: observe, set, flush.
/// </summary>
public sealed class ConfigurationStateWriter
{
    private readonly KubernetesApi api;
    private readonly ObjectKey key;
    private readonly string? node;
    private readonly OwnObjects<ConfigurationReport, ConfigurationStateRecord> objects;

    /// <param name="node">The speaker's node; null for the controller.</param>
    /// <param name="owner">The own Pod, null where there is none. Nothing is written before it is known.</param>
    public ConfigurationStateWriter(KubernetesApi api, string ownNamespace, string? node, Task<OwnerPod?> owner, ILogger<ConfigurationStateWriter> log)
    {
        this.api = api;
        this.node = node;
        key = new(ownNamespace, node is null ? "controller" : $"speaker-{node}");
        objects = new(api, ClusterKind.ConfigurationState, ownNamespace, owner, 1, LabelsOf, StatusOf, log);
    }

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ConfigurationStateRecord record } when record.Key == key:
                objects.Observe(record);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ConfigurationState } removed when removed.Key == key:
                objects.Forget(removed.Key);
                break;
        }
    }

    public void SetDesired(ConfigurationReport report) => objects.Set(key.Name, report);

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.Flush"/>
    public void Flush() => objects.Flush();

    /// <inheritdoc cref="HolderStatusWriter{TRecord, TReport}.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => objects.RunAsync(cancellation);

    private IEnumerable<KeyValuePair<string, string>> LabelsOf(ConfigurationReport report) => node is null
        ? [new("metallb.io/component-type", "controller")]
        : [new("metallb.io/component-type", "speaker"), new("metallb.io/node-name", LabelValue.Of(node))];

    private byte[]? StatusOf(ConfigurationReport report, ConfigurationStateRecord? present)
    {
        ConditionRecord condition = Conditions.Next(
            report.IsValid
                ? new(ConditionType, ConditionStatus.True, "Reconciled", "")
                : new(ConditionType, ConditionStatus.False, "ConfigurationError", report.ErrorSummary),
            present?.Conditions ?? [], 0, api.Time.GetUtcNow());
        string result = report.IsValid ? "Valid" : "Invalid";
        if (present is not null && present.Result == result && present.ErrorSummary == report.ErrorSummary && present.Conditions is [{ } only] && only == condition) return null;
        return JsonBody.Of(json =>
        {
            json.WriteStartObject("status");
            json.WriteString("result", result);
            json.WriteString("errorSummary", report.ErrorSummary);
            json.WriteStartArray("conditions");
            Conditions.Write(json, condition, api.Time.GetUtcNow());
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>MetalLB's names: one reconciler judges in its controller, another in its speakers.</summary>
    private string ConditionType => node is null ? "poolReconcilerValid" : "configReconcilerValid";
}
