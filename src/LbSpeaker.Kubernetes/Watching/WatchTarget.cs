using System.Text.Json;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>What one reflector watches.</summary>
/// <param name="Path">The collection, such as <c>api/v1/services</c>.</param>
/// <param name="Namespace">Empty for all.</param>
/// <param name="LabelSelector">Applied by the server; null for none.</param>
/// <param name="IsCustom">Its CustomResourceDefinition may be missing.</param>
internal sealed record WatchTarget(ClusterKind Kind, string Path, string Namespace, string? LabelSelector, bool IsCustom)
{
    /// <summary>Applied by the server; null for none.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Where reading it is not allowed there counts as none, until it is allowed: the rest goes on without it.</summary>
    public bool MayBeForbidden => Kind == ClusterKind.Secret;

    /// <summary>Slices of no Service, and those of headless Services, say nothing about a load balancer; the label of a slice that loses it makes the server send DELETED.</summary>
    private const string SlicesOfServices = ApiNames.ServiceNameLabel + ",!service.kubernetes.io/headless";

    public static WatchTarget Of(ClusterKind kind, string ns = "") => kind switch
    {
        // No selector on spec.type: a Service that changes its type must still be seen, to be cleaned up.
        ClusterKind.Service => new(kind, "api/v1/services", "", null, false),
        ClusterKind.EndpointSlice => new(kind, "apis/discovery.k8s.io/v1/endpointslices", "", SlicesOfServices, false),
        ClusterKind.Node => new(kind, "api/v1/nodes", "", null, false),
        ClusterKind.Namespace => new(kind, "api/v1/namespaces", "", null, false),
        // Of all Secrets only those that a BGPPeer may name.
        ClusterKind.Secret => new(kind, $"api/v1/namespaces/{ns}/secrets", ns, null, false) { FieldSelector = "type=kubernetes.io/basic-auth" },
        var config when config.IsConfig() => Custom(kind, ns, ApiNames.PluralOf(config)),
        ClusterKind.ServiceL2Status => Custom(kind, ns, "servicel2statuses"),
        ClusterKind.ConfigurationState => Custom(kind, ns, "configurationstates"),
        ClusterKind.SpeakerLease => new(kind, $"apis/coordination.k8s.io/v1/namespaces/{ns}/leases", ns, ApiNames.SpeakerNodeLabel, false),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static WatchTarget Custom(ClusterKind kind, string ns, string plural) => new(kind, $"apis/{ApiNames.GroupVersionOf(kind)}/namespaces/{ns}/{plural}", ns, null, true);

    /// <returns>Null for an object that is none of ours.</returns>
    public ClusterRecord? Translate(JsonElement json, TranslationContext context, out ValueArray<string> faults)
    {
        faults = [];
        return Kind switch
        {
            ClusterKind.Service => ServiceTranslation.Translate(json, context),
            ClusterKind.EndpointSlice => EndpointSliceTranslation.Translate(json, context, out faults),
            ClusterKind.Node => NodeTranslation.Node(json, context, out faults),
            ClusterKind.Namespace => NodeTranslation.Namespace(json, context, out faults),
            ClusterKind.Secret => SecretTranslation.Translate(json, context),
            var config when config.IsConfig() => ConfigTranslation.Translate(config, json, context),
            ClusterKind.ServiceL2Status => StatusTranslation.Layer2Status(json, context, out faults),
            ClusterKind.ConfigurationState => StatusTranslation.ConfigurationState(json, context),
            ClusterKind.SpeakerLease => StatusTranslation.SpeakerLease(json, context, out faults),
            _ => throw new InvalidOperationException($"kind {Kind}"),
        };
    }
}
