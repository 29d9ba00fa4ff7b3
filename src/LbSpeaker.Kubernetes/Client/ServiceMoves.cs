using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Translation;
using LbSpeaker.Kubernetes.Writing;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>Asks for a Service's addresses to be moved to another node, and looks whether they are there. For a person at a command line: the speakers do the work.</summary>
public sealed class ServiceMoves(KubernetesApi api, string ownNamespace)
{
    public Task<ApiResult> BeginAsync(ObjectKey service, string node, CancellationToken ct) =>
        api.PatchAsync($"api/v1/namespaces/{Uri.EscapeDataString(service.Namespace)}/services/{Uri.EscapeDataString(service.Name)}", PatchType.Merge, JsonBody.OfAnnotation(ServiceAnnotations.MoveTo, node), ct);

    /// <returns>The node that says that it owns the Service's addresses; null where none says so.</returns>
    public async Task<string?> OwnerAsync(ObjectKey service, CancellationToken ct)
    {
        ApiResult read = await api.GetAsync($"apis/{ApiNames.GroupVersion}/namespaces/{ownNamespace}/{ApiNames.PluralOf(ClusterKind.ServiceL2Status)}/{ServiceL2StatusWriter.NameOf(service)}", ct).ConfigureAwait(false);
        if (!read.IsOk) return null;
        using JsonDocument json = JsonDocument.Parse(read.Body);
        return StatusTranslation.Layer2Status(json.RootElement, TranslationContext.Live(), out _) is { View: { IsAnnounced: true, Node: var node } } ? node : null;
    }
}
