using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>discovery.k8s.io/v1 EndpointSlice → <see cref="EndpointSliceRecord"/>.</summary>
internal static class EndpointSliceTranslation
{
    /// <returns>Null for a slice that belongs to no Service.</returns>
    public static EndpointSliceRecord? Translate(JsonElement json, TranslationContext context, out ValueArray<string> shapeFaults)
    {
        ShapeFaults faults = context.NewFaults();
        ShapeReader root = ShapeReader.Of(json, faults);
        ShapeReader meta = root.Object("metadata");
        // Announcing asks which nodes serve, not how many endpoints they have: equal endpoints are kept once, so that a change of Pods
        // behind the same nodes is no change at all.
        HashSet<EndpointView> endpoints = [];
        foreach (ShapeReader endpoint in root.Objects("endpoints"))
        {
            ShapeReader conditions = endpoint.Object("conditions");
            bool serves = conditions.Flag("ready") is null or true || conditions.Flag("serving") is true;
            string? node = context.Strings.InternOrNull(endpoint.Text("nodeName") is { Length: > 0 } name ? name : null);
            endpoints.Add(new(node, serves, HasAddress: !endpoint.Texts("addresses").IsEmpty, IsTerminating: serves && conditions.Flag("terminating") is true));
        }
        string? service = meta.Labels("labels", context.Strings, key => key == ApiNames.ServiceNameLabel)[ApiNames.ServiceNameLabel];
        EndpointSliceRecord? record = string.IsNullOrEmpty(service) ? null : new(new(MetaTranslation.Key(meta, context), service, Sorted(endpoints)));
        shapeFaults = faults.ToValues();
        return record;
    }

    private static ValueArray<EndpointView> Sorted(HashSet<EndpointView> endpoints) => endpoints
        .OrderBy(e => e.Node, StringComparer.Ordinal).ThenByDescending(e => e.Serves).ThenByDescending(e => e.HasAddress).ThenBy(e => e.IsTerminating)
        .ToValueArray();
}
