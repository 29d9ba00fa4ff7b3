namespace LbSpeaker.Lab.Api.Patching;

/// <summary>
/// How the lists and maps of the built-in kinds merge, as the published OpenAPI document of Kubernetes marks them:
/// x-kubernetes-patch-merge-key and -strategy for the strategic merge patch, x-kubernetes-list-type, -list-map-keys
/// and -map-type for server-side apply. What is not named is an atomic list or a granular map.
/// </summary>
internal static class BuiltInLists
{
    /// <param name="Path">Dotted path; <c>[]</c> stands for the items of a list.</param>
    /// <param name="MergeKey">Strategic merge: the key, "" for a merged list of primitives, null for replace.</param>
    /// <param name="Apply">Server-side apply: "atomic", "set", or the keys by comma, each with its default after '='.</param>
    /// <param name="RetainKeys">Strategic merge patches may carry $retainKeys here.</param>
    internal sealed record Rule(string Path, string? MergeKey, string Apply, bool RetainKeys = false);

    private static readonly Rule[] Metadata =
    [
        new("metadata.finalizers", "", "set"),
        new("metadata.ownerReferences", "uid", "uid"),
        new("metadata.ownerReferences[]", null, "atomic"),
    ];

    private static readonly Rule[] Container =
    [
        new("env", "name", "name"),
        new("env[].valueFrom.fieldRef", null, "atomic"),
        new("env[].valueFrom.secretKeyRef", null, "atomic"),
        new("env[].valueFrom.configMapKeyRef", null, "atomic"),
        new("env[].valueFrom.resourceFieldRef", null, "atomic"),
        new("ports", "containerPort", "containerPort,protocol=TCP"),
        new("resources.claims", null, "name"),
        new("volumeMounts", "mountPath", "mountPath"),
        new("volumeDevices", "devicePath", "devicePath"),
    ];

    private static readonly Rule[] PodSpec =
    [
        new("containers", "name", "name"),
        .. Prefixed("containers[].", Container),
        new("initContainers", "name", "name"),
        .. Prefixed("initContainers[].", Container),
        new("ephemeralContainers", "name", "name"),
        .. Prefixed("ephemeralContainers[].", Container),
        new("volumes", "name", "name", RetainKeys: true),
        new("imagePullSecrets", "name", "name"),
        new("imagePullSecrets[]", null, "atomic"),
        new("hostAliases", "ip", "ip"),
        new("nodeSelector", null, "atomic"),
        new("schedulingGates", "name", "name"),
        new("resourceClaims", "name", "name", RetainKeys: true),
        new("topologySpreadConstraints", "topologyKey", "topologyKey,whenUnsatisfiable"),
        new("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", null, "atomic"),
    ];

    private static readonly Rule Conditions = new("status.conditions", "type", "type");

    private static readonly Rule[] Workload =
    [
        new("spec.selector", null, "atomic"),
        new("spec.strategy", null, "", RetainKeys: true),
        .. Prefixed("spec.template.", Metadata),
        .. Prefixed("spec.template.spec.", PodSpec),
        Conditions,
    ];

    private static readonly Rule[] Binding = [new("roleRef", null, "atomic")];

    public static IReadOnlyList<Rule> For(string group, string kind) => [.. Metadata, .. OfKind(group, kind)];

    private static Rule[] OfKind(string group, string kind) => (group, kind) switch
    {
        ("", "Service") =>
        [
            new("spec.ports", "port", "port,protocol=TCP"),
            new("spec.selector", null, "atomic"),
            Conditions,
        ],
        ("", "Node") =>
        [
            new("spec.podCIDRs", "", "set"),
            new("status.addresses", "type", "type"),
            Conditions,
        ],
        ("", "Pod") =>
        [
            .. Prefixed("spec.", PodSpec),
            Conditions,
            new("status.podIPs", "ip", "ip"),
            new("status.hostIPs", "ip", "atomic"),
        ],
        ("", "ServiceAccount") =>
        [
            new("secrets", "name", "name"),
            new("secrets[]", null, "atomic"),
            new("imagePullSecrets[]", null, "atomic"),
        ],
        ("", "Namespace") => [Conditions],
        ("", "Event") or ("events.k8s.io", "Event") =>
        [
            new("involvedObject", null, "atomic"),
            new("regarding", null, "atomic"),
            new("related", null, "atomic"),
        ],
        ("apps", _) => Workload,
        ("discovery.k8s.io", "EndpointSlice") => [new("endpoints[].targetRef", null, "atomic")],
        ("rbac.authorization.k8s.io", "RoleBinding" or "ClusterRoleBinding") => Binding,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => [Conditions with { MergeKey = null }],
        ("admissionregistration.k8s.io", _) =>
        [
            new("webhooks", "name", "name"),
            new("webhooks[].namespaceSelector", null, "atomic"),
            new("webhooks[].objectSelector", null, "atomic"),
            new("webhooks[].matchConditions", "name", "name"),
        ],
        _ => [],
    };

    /// <summary>
    /// Fields that are always there in the API server's own form of the object, with the value they have when nobody
    /// set them: an empty structure, or what stands behind '='. A field set names a container with "." only when a
    /// write brought it into being, which can never happen to these.
    /// </summary>
    public static IReadOnlyList<string> AlwaysPresent(string group, string kind) =>
    [
        "metadata",
        .. (group, kind) switch
        {
            ("", "Service") => new[] { "spec", "status", "status.loadBalancer" },
            ("", "Node") => ["spec", "status", "status.daemonEndpoints", "status.daemonEndpoints.kubeletEndpoint", "status.nodeInfo"],
            ("", "Pod" or "Namespace") => ["spec", "status"],
            ("apps", _) => ["spec", "spec.strategy", "spec.updateStrategy", "spec.template", "spec.template.metadata", "spec.template.spec", "status"],
            ("coordination.k8s.io", "Lease") => ["spec"],
            ("", "Event") => ["involvedObject", "source", "firstTimestamp=null", "lastTimestamp=null", "eventTime=null", "reportingComponent=\"\"", "reportingInstance=\"\""],
            ("events.k8s.io", "Event") => ["regarding", "deprecatedSource", "deprecatedFirstTimestamp=null", "deprecatedLastTimestamp=null", "eventTime=null"],
            ("apiextensions.k8s.io", _) => ["spec", "spec.names", "status", "status.acceptedNames"],
            _ => [],
        },
    ];

    private static IEnumerable<Rule> Prefixed(string prefix, IEnumerable<Rule> rules) =>
        rules.Select(rule => rule with { Path = prefix + rule.Path });
}
