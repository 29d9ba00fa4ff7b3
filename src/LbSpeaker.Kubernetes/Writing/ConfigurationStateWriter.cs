using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Says what this component thinks of the whole configuration, in its own ConfigurationState; written anew when somebody deletes or edits it.
/// Fed like <see cref="ServiceStatusWriter"/>: observe, set, flush.
/// </summary>
public sealed class ConfigurationStateWriter
{
    private readonly KubernetesApi api;
    private readonly ObjectKey key;
    private readonly string? node;
    private readonly OwnerPod? owner;
    private readonly WritePump<ObjectKey> pump;
    private volatile ConfigurationStateRecord? present;
    private volatile ConfigurationReport? desired;
    private bool touched;

    /// <param name="node">The speaker's node; null for the controller.</param>
    public ConfigurationStateWriter(KubernetesApi api, string ownNamespace, string? node, OwnerPod? owner, ILogger<ConfigurationStateWriter> log)
    {
        this.api = api;
        this.node = node;
        this.owner = owner;
        key = new(ownNamespace, node is null ? "controller" : $"speaker-{node}");
        pump = new(1, WriteAsync, api.Time, log);
    }

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ConfigurationStateRecord record } when record.Key == key:
                present = record;
                touched = true;
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ConfigurationState } removed when removed.Key == key:
                present = null;
                touched = true;
                break;
        }
    }

    public void SetDesired(ConfigurationReport report)
    {
        if (report == desired) return;
        desired = report;
        touched = true;
    }

    /// <inheritdoc cref="ServiceStatusWriter.Flush"/>
    public void Flush()
    {
        if (touched) pump.Enqueue(key);
        touched = false;
    }

    /// <inheritdoc cref="ServiceStatusWriter.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private async Task<ApiResult?> WriteAsync(ObjectKey state, CancellationToken cancellation)
    {
        if (desired is not { } report) return null;
        ConfigurationStateRecord? record = present;
        ConditionRecord condition = Conditions.Next(
            report.IsValid
                ? new(ConditionType, ConditionStatus.True, "Reconciled", "")
                : new(ConditionType, ConditionStatus.False, "ConfigurationError", report.ErrorSummary),
            record?.Conditions ?? [], 0, api.Time.GetUtcNow());
        string result = report.IsValid ? "Valid" : "Invalid";
        if (record is not null && record.Result == result && record.ErrorSummary == report.ErrorSummary && Conditions.Find(record.Conditions, condition.Type) == condition) return null;

        string collection = $"apis/{ApiNames.GroupVersion}/namespaces/{state.Namespace}/configurationstates";
        if (record is null)
        {
            ApiResult created = await api.PostAsync(collection, NewObject(), cancellation).ConfigureAwait(false);
            // It may stand there, not seen yet: its status is written all the same, since nobody else writes it.
            if (!created.IsOk && created.Outcome != ApiOutcome.Conflict) return created;
        }
        return await api.PatchAsync($"{collection}/{state.Name}/status", PatchType.Merge, JsonBody.Of(json =>
        {
            json.WriteStartObject("status");
            json.WriteString("result", result);
            json.WriteString("errorSummary", report.ErrorSummary);
            json.WriteStartArray("conditions");
            Conditions.Write(json, condition, api.Time.GetUtcNow());
            json.WriteEndArray();
            json.WriteEndObject();
        }), cancellation).ConfigureAwait(false);
    }

    /// <summary>MetalLB's names: one reconciler judges in its controller, another in its speakers.</summary>
    private string ConditionType => node is null ? "poolReconcilerValid" : "configReconcilerValid";

    private byte[] NewObject() => JsonBody.Of(json =>
    {
        json.WriteString("apiVersion", ApiNames.GroupVersion);
        json.WriteString("kind", "ConfigurationState");
        json.WriteStartObject("metadata");
        json.WriteString("name", key.Name);
        json.WriteString("namespace", key.Namespace);
        json.WriteStartObject("labels");
        json.WriteString("metallb.io/component-type", node is null ? "controller" : "speaker");
        if (node is not null) json.WriteString("metallb.io/node-name", LabelValue.Of(node));
        json.WriteEndObject();
        OwnerPod.WriteReferences(json, owner);
        json.WriteEndObject();
        json.WriteStartObject("spec");
        json.WriteEndObject();
    });
}
