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

    /// <summary>
    /// Where it cannot be read (not allowed, or its definition is not there) there counts as none, until it can: the rest goes on without it. Definitions and
    /// roles of an older version, in the middle of an upgrade, know nothing of what is reported in.
    /// </summary>
    public bool IsOptional => Kind is ClusterKind.Secret or ClusterKind.ServiceL2Status or ClusterKind.ServiceBGPStatus or ClusterKind.NodeState or ClusterKind.IPClaim;

    /// <summary>
    /// How long a watch rests after what came in together, so that what comes meanwhile costs one look in place of many. In a large cluster some Lease is renewed every few
    /// milliseconds, and who lives by its Lease is a matter of seconds; all else is taken as it comes.
    /// </summary>
    public TimeSpan Rest => Kind == ClusterKind.SpeakerLease ? TimeSpan.FromMilliseconds(100) : TimeSpan.Zero;

    /// <summary>Slices of no Service, and those of headless Services, say nothing about a load balancer; the label of a slice that loses it makes the server send DELETED.</summary>
    private const string SlicesOfServices = ApiNames.ServiceNameLabel + ",!service.kubernetes.io/headless";

    /// <summary>Of what every speaker writes for each Service, that of one node.</summary>
    public WatchTarget OfNode(string node) => Kind switch
    {
        ClusterKind.ServiceBGPStatus => this with { LabelSelector = $"{ApiNames.StatusNodeLabel}={LabelValue.Of(node)}" },
        _ => this,
    };

    public static WatchTarget Of(ClusterKind kind, string ns = "") => kind switch
    {
        // No selector on spec.type: a Service that changes its type must still be seen, to be cleaned up.
        ClusterKind.Service => new(kind, "api/v1/services", "", null, false),
        ClusterKind.EndpointSlice => new(kind, "apis/discovery.k8s.io/v1/endpointslices", "", SlicesOfServices, false),
        ClusterKind.Node => new(kind, "api/v1/nodes", "", null, false),
        ClusterKind.Namespace => new(kind, "api/v1/namespaces", "", null, false),
        // Of all Secrets only those that a BGPPeer may name.
        ClusterKind.Secret => new(kind, $"api/v1/namespaces/{ns}/secrets", ns, null, false) { FieldSelector = "type=kubernetes.io/basic-auth" },
        ClusterKind.SpeakerLease => new(kind, $"apis/coordination.k8s.io/v1/namespaces/{ns}/leases", ns, ApiNames.SpeakerNodeLabel, false),
        ClusterKind.Pod => new(kind, $"api/v1/namespaces/{ns}/pods", ns, null, false),
        // They live beside the Services that name them.
        ClusterKind.IPClaim => new(kind, $"apis/{ApiNames.GroupVersionOf(kind)}/{ApiNames.PluralOf(kind)}", "", null, true),
        var custom => new(kind, $"apis/{ApiNames.GroupVersionOf(custom)}/namespaces/{ns}/{ApiNames.PluralOf(custom)}", ns, null, true),
    };

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
            ClusterKind.ServiceBGPStatus => StatusTranslation.BgpStatus(json, context, out faults),
            ClusterKind.NodeState => StatusTranslation.NodeState(json, context, out faults),
            ClusterKind.ConfigurationState => StatusTranslation.ConfigurationState(json, context),
            ClusterKind.IPClaim => ClaimTranslation.Translate(json, context),
            ClusterKind.SpeakerLease => StatusTranslation.SpeakerLease(json, context, out faults),
            _ => throw new InvalidOperationException($"kind {Kind}"),
        };
    }
}
