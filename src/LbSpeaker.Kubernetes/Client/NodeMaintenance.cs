using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>Asks a node into maintenance and back, and looks how far it is. For a person at a command line: the speaker of the node does the work.</summary>
public sealed class NodeMaintenance(KubernetesApi api, string ownNamespace)
{
    /// <param name="wait">For how long the node's routes are to ask for another path; null for the speaker's default.</param>
    public Task<ApiResult> BeginAsync(string node, TimeSpan? wait, CancellationToken ct) => AnnotateAsync(node, wait is { } time ? $"{(long)time.TotalSeconds}s" : "true", ct);

    public Task<ApiResult> EndAsync(string node, CancellationToken ct) => AnnotateAsync(node, null, ct);

    /// <returns>What the node's speaker says; null where it says nothing.</returns>
    public async Task<MaintenancePhase?> PhaseAsync(string node, CancellationToken ct)
    {
        ApiResult read = await api.GetAsync($"apis/{ApiNames.GroupVersionOf(ClusterKind.NodeState)}/namespaces/{ownNamespace}/nodestates/{Uri.EscapeDataString(node)}", ct).ConfigureAwait(false);
        if (!read.IsOk) return null;
        using JsonDocument json = JsonDocument.Parse(read.Body);
        return StatusTranslation.NodeState(json.RootElement, TranslationContext.Live(), out _).Report.Maintenance;
    }

    private Task<ApiResult> AnnotateAsync(string node, string? value, CancellationToken ct) =>
        api.PatchAsync($"api/v1/nodes/{Uri.EscapeDataString(node)}", PatchType.Merge, JsonBody.OfAnnotation(ApiNames.MaintenanceAnnotation, value), ct);
}
