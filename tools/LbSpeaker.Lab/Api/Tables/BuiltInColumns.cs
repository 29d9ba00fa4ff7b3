using System.Globalization;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Tables;

/// <summary>What <c>kubectl get</c> shows of the built-in kinds.</summary>
internal static class BuiltInColumns
{
    public static readonly Column Name = new("Name", "string", (o, _) => Json.At(o, "metadata.name")?.DeepClone() ?? "") { Format = "name", Description = "The object's name." };
    public static readonly Column Age = new("Age", "string", (o, now) => Timestamps.Age(Json.PathText(o, "metadata.creationTimestamp"), now)) { Description = "Time since the object was created." };
    private static readonly Column Created = new("Created At", "date", (o, _) => Json.At(o, "metadata.creationTimestamp")?.DeepClone()) { Description = "When the object was created." };

    public static readonly IReadOnlyList<Column> NameAndAge = [Name, Age];
    public static readonly IReadOnlyList<Column> NameAndCreated = [Name, Created];

    public static readonly IReadOnlyList<Column> Namespaces = [Name, Text("Status", "status.phase"), Age];

    public static readonly IReadOnlyList<Column> Nodes =
    [
        Name,
        new("Status", "string", (o, _) => NodeStatus(o)),
        new("Roles", "string", (o, _) => NodeRoles(o)),
        Age,
        Text("Version", "status.nodeInfo.kubeletVersion"),
        new("Internal-IP", "string", (o, _) => NodeAddress(o, "InternalIP")) { Priority = 1 },
        new("External-IP", "string", (o, _) => NodeAddress(o, "ExternalIP")) { Priority = 1 },
        TextOr("OS-Image", "status.nodeInfo.osImage", "<unknown>", 1),
        TextOr("Kernel-Version", "status.nodeInfo.kernelVersion", "<unknown>", 1),
        TextOr("Container-Runtime", "status.nodeInfo.containerRuntimeVersion", "<unknown>", 1),
    ];

    public static readonly IReadOnlyList<Column> Pods =
    [
        Name,
        new("Ready", "string", (o, _) => $"{ReadyContainers(o)}/{Containers(o)}"),
        new("Status", "string", (o, _) => Json.At(o, "metadata.deletionTimestamp") is not null ? "Terminating"
            : Json.PathText(o, "status.reason") is { Length: > 0 } reason ? reason : Json.PathText(o, "status.phase")),
        new("Restarts", "string", (o, _) => ContainerStatuses(o).Sum(s => s.Number("restartCount") ?? 0).ToString(CultureInfo.InvariantCulture)),
        Age,
        TextOr("IP", "status.podIP", "<none>", 1),
        TextOr("Node", "spec.nodeName", "<none>", 1),
        TextOr("Nominated Node", "status.nominatedNodeName", "<none>", 1),
        new("Readiness Gates", "string", (_, _) => "<none>") { Priority = 1 },
    ];

    public static readonly IReadOnlyList<Column> ConfigMaps =
        [Name, new("Data", "string", (o, _) => Count(o["data"]) + Count(o["binaryData"])), Age];

    public static readonly IReadOnlyList<Column> Secrets = [Name, Text("Type", "type"), new("Data", "string", (o, _) => Count(o["data"])), Age];

    public static readonly IReadOnlyList<Column> Endpoints = [Name, new("Endpoints", "string", (o, _) => EndpointsText(o)), Age];

    public static readonly IReadOnlyList<Column> Leases = [Name, Text("Holder", "spec.holderIdentity"), Age];

    public static readonly IReadOnlyList<Column> EndpointSlices =
    [
        Name,
        Text("AddressType", "addressType"),
        new("Ports", "string", (o, _) => Limited(o.Objects("ports").Select(p => p.Number("port")?.ToString(CultureInfo.InvariantCulture) ?? "*"), "<unset>")),
        new("Endpoints", "string", (o, _) => Limited(o.Objects("endpoints").SelectMany(e => e.Strings("addresses")), "<unset>")),
        Age,
    ];

    public static readonly IReadOnlyList<Column> Deployments =
    [
        Name,
        new("Ready", "string", (o, _) => $"{Number(o, "status.readyReplicas")}/{Number(o, "spec.replicas")}"),
        new("Up-to-date", "string", (o, _) => Number(o, "status.updatedReplicas")),
        new("Available", "string", (o, _) => Number(o, "status.availableReplicas")),
        Age,
        new("Containers", "string", (o, _) => ContainerList(o, "name")) { Priority = 1 },
        new("Images", "string", (o, _) => ContainerList(o, "image")) { Priority = 1 },
        new("Selector", "string", (o, _) => Labels(Json.At(o, "spec.selector.matchLabels"))) { Priority = 1 },
    ];

    public static readonly IReadOnlyList<Column> DaemonSets =
    [
        Name,
        new("Desired", "integer", (o, _) => Number(o, "status.desiredNumberScheduled")),
        new("Current", "integer", (o, _) => Number(o, "status.currentNumberScheduled")),
        new("Ready", "integer", (o, _) => Number(o, "status.numberReady")),
        new("Up-to-date", "integer", (o, _) => Number(o, "status.updatedNumberScheduled")),
        new("Available", "integer", (o, _) => Number(o, "status.numberAvailable")),
        new("Node Selector", "string", (o, _) => Labels(Json.At(o, "spec.template.spec.nodeSelector"))),
        Age,
        new("Containers", "string", (o, _) => ContainerList(o, "name")) { Priority = 1 },
        new("Images", "string", (o, _) => ContainerList(o, "image")) { Priority = 1 },
        new("Selector", "string", (o, _) => Labels(Json.At(o, "spec.selector.matchLabels"))) { Priority = 1 },
    ];

    public static readonly IReadOnlyList<Column> CustomResourceDefinitions = [Name, Created];

    public static readonly IReadOnlyList<Column> NetworkPolicies =
        [Name, new("Pod-Selector", "string", (o, _) => Labels(Json.At(o, "spec.podSelector.matchLabels"))), Age];

    public static readonly IReadOnlyList<Column> PodDisruptionBudgets =
    [
        Name,
        TextOr("Min Available", "spec.minAvailable", "N/A"),
        TextOr("Max Unavailable", "spec.maxUnavailable", "N/A"),
        new("Allowed Disruptions", "integer", (o, _) => Number(o, "status.disruptionsAllowed")),
        Age,
    ];

    public static readonly IReadOnlyList<Column> RoleBindings =
    [
        Name,
        new("Role", "string", (o, _) => $"{Json.PathText(o, "roleRef.kind")}/{Json.PathText(o, "roleRef.name")}"),
        Age,
        Subjects("Users", "User"), Subjects("Groups", "Group"), Subjects("ServiceAccounts", "ServiceAccount"),
    ];

    public static string Labels(JsonNode? map) => map is JsonObject labels && labels.Count > 0
        ? string.Join(",", labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={(l.Value is JsonValue v ? v.ToString() : "")}"))
        : "<none>";

    private static Column Text(string name, string path) => new(name, "string", (o, _) => Json.PathText(o, path));

    private static Column TextOr(string name, string path, string absent, int priority = 0) =>
        new(name, "string", (o, _) => Json.PathText(o, path) is { Length: > 0 } text ? text : absent) { Priority = priority };

    private static Column Subjects(string name, string kind) => new(name, "string", (o, _) =>
        string.Join(", ", o.Objects("subjects").Where(s => s.Text("kind") == kind)
            .Select(s => kind == "ServiceAccount" ? $"{s.Text("namespace")}/{s.Text("name")}" : s.Text("name")))) { Priority = 1 };

    private static long Number(JsonObject o, string path) => Json.Number(Json.At(o, path)) ?? 0;

    private static int Count(JsonNode? map) => map is JsonObject o ? o.Count : 0;

    private static string Limited(IEnumerable<string> items, string none)
    {
        var all = items.ToArray();
        if (all.Length == 0) return none;
        return all.Length <= 3 ? string.Join(",", all) : $"{string.Join(",", all.Take(3))} + {all.Length - 3} more...";
    }

    private static string NodeStatus(JsonObject node)
    {
        var ready = Json.At(node, "status.conditions") is JsonArray conditions
            ? conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == "Ready")?.Text("status") : null;
        var text = ready switch { "True" => "Ready", null => "Unknown", _ => "NotReady" };
        return Json.At(node, "spec.unschedulable") is JsonValue v && v.TryGetValue(out bool off) && off ? text + ",SchedulingDisabled" : text;
    }

    private static string NodeRoles(JsonObject node)
    {
        const string prefix = "node-role.kubernetes.io/";
        var roles = node.Child("metadata").StringMap("labels").Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
            .Select(k => k[prefix.Length..]).Order(StringComparer.Ordinal).ToArray();
        return roles.Length == 0 ? "<none>" : string.Join(",", roles);
    }

    private static string NodeAddress(JsonObject node, string type) =>
        (Json.At(node, "status.addresses") as JsonArray)?.OfType<JsonObject>().FirstOrDefault(a => a.Text("type") == type)?.Text("address") ?? "<none>";

    private static IEnumerable<JsonObject> ContainerStatuses(JsonObject pod) =>
        (Json.At(pod, "status.containerStatuses") as JsonArray)?.OfType<JsonObject>() ?? [];

    private static int ReadyContainers(JsonObject pod) => ContainerStatuses(pod).Count(s => s.Bool("ready") == true);

    private static int Containers(JsonObject pod) => (Json.At(pod, "spec.containers") as JsonArray)?.Count ?? 0;

    private static string ContainerList(JsonObject workload, string field) =>
        string.Join(",", (Json.At(workload, "spec.template.spec.containers") as JsonArray)?.OfType<JsonObject>().Select(c => c.Text(field) ?? "") ?? []);

    private static string EndpointsText(JsonObject endpoints) => Limited(
        endpoints.Objects("subsets").SelectMany(s => s.Objects("addresses").SelectMany(a =>
            s.Objects("ports").Select(p => $"{a.Text("ip")}:{p.Number("port")}"))), "<none>");
}
