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
    private readonly Task<OwnerPod?> owner;
    private readonly WritePump<ObjectKey, Work> pump;
    private ConfigurationStateRecord? present;
    private ConfigurationReport? desired;
    private bool touched;

    /// <summary>Of the last write. A state that the watch shows from before it says nothing about what is there now.</summary>
    private string written = "";

    private sealed record Work(ConfigurationReport Report, ConfigurationStateRecord? Present);

    /// <param name="node">The speaker's node; null for the controller.</param>
    /// <param name="owner">The own Pod, null where there is none. Nothing is written before it is known.</param>
    public ConfigurationStateWriter(KubernetesApi api, string ownNamespace, string? node, Task<OwnerPod?> owner, ILogger<ConfigurationStateWriter> log)
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
        if (touched && desired is not null) pump.Enqueue(key, new(desired, present));
        touched = false;
    }

    /// <inheritdoc cref="ServiceStatusWriter.RunAsync"/>
    public Task RunAsync(CancellationToken cancellation) => pump.RunAsync(cancellation);

    private async Task<ApiResult?> WriteAsync(ObjectKey state, Work work, CancellationToken cancellation)
    {
        if (work.Present is { } shown && ResourceVersion.IsOlder(shown.ResourceVersion, written)) return null;
        OwnerPod? pod = await owner.WaitAsync(cancellation).ConfigureAwait(false);
        string collection = $"apis/{ApiNames.GroupVersion}/namespaces/{state.Namespace}/configurationstates";
        ApiResult? result = null;
        if (work.Present is null)
        {
            result = await api.PostAsync(collection, NewObject(pod), cancellation).ConfigureAwait(false);
            // It may stand there, not seen yet: its status is written all the same, since nobody else writes it.
            if (!result.IsOk && result.Outcome != ApiOutcome.Conflict) return result;
        }
        else if (pod is not null && work.Present.OwnerUid != pod.Uid)
        {
            // The Pod that made it was replaced; with that one it would go.
            result = await api.PatchAsync($"{collection}/{state.Name}", PatchType.Merge, JsonBody.Of(json =>
            {
                json.WriteStartObject("metadata");
                OwnerPod.WriteReferences(json, pod);
                json.WriteEndObject();
            }), cancellation).ConfigureAwait(false);
            if (!result.IsOk) return result;
        }
        if (Status(work) is { } status) result = await api.PatchAsync($"{collection}/{state.Name}/status", PatchType.Merge, status, cancellation).ConfigureAwait(false);
        if (result is { IsOk: true }) written = ResourceVersion.Of(result.Body);
        return result;
    }

    /// <returns>Null where it says so already.</returns>
    private byte[]? Status(Work work)
    {
        ConfigurationReport report = work.Report;
        ConditionRecord condition = Conditions.Next(
            report.IsValid
                ? new(ConditionType, ConditionStatus.True, "Reconciled", "")
                : new(ConditionType, ConditionStatus.False, "ConfigurationError", report.ErrorSummary),
            work.Present?.Conditions ?? [], 0, api.Time.GetUtcNow());
        string result = report.IsValid ? "Valid" : "Invalid";
        if (work.Present is { } present && present.Result == result && present.ErrorSummary == report.ErrorSummary && present.Conditions is [{ } only] && only == condition) return null;
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

    private byte[] NewObject(OwnerPod? pod) => JsonBody.Of(json =>
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
        OwnerPod.WriteReferences(json, pod);
        json.WriteEndObject();
        json.WriteStartObject("spec");
        json.WriteEndObject();
    });
}
