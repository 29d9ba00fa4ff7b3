using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Strategies;
using LbSpeaker.Lab.Api.Tables;

namespace LbSpeaker.Lab.Api.Kinds;

/// <summary>One row of the table of built-in kinds.</summary>
internal sealed record BuiltIn(string Group, string Version, string Kind, string Plural, params string[] ShortNames)
{
    public string Singular { get; init; } = Kind.ToLowerInvariant();
    public bool Namespaced { get; init; } = true;
    public bool Status { get; init; }
    public bool Generation { get; init; }
    public bool CreateOnUpdate { get; init; }
    public bool UnconditionalUpdate { get; init; } = true;
    public bool DeleteReturnsObject { get; init; }
    public bool DeleteCollection { get; init; } = true;
    public string[] Categories { get; init; } = [];

    /// <summary>The block of shapes.txt that describes it.</summary>
    public string Shape { get; init; } = Kind;
    public IReadOnlyList<Column> Columns { get; init; } = BuiltInColumns.NameAndAge;
    public Strategy Strategy { get; init; } = new();

    /// <summary>Field selectors; "label=path" where the stored path differs.</summary>
    public string[] Fields { get; init; } = [];

    /// <summary>The group whose objects these are in another shape (events live in one place).</summary>
    public string? StoredAs { get; init; }
}

/// <summary>The built-in kinds. A kind more is a row more (its lists' merge keys are in <c>Patching/BuiltInLists</c>).</summary>
internal static class BuiltInKinds
{
    private const string Rbac = "rbac.authorization.k8s.io";

    public static readonly IReadOnlyList<BuiltIn> Rows =
    [
        new("", "v1", "Namespace", "namespaces", "ns") { Namespaced = false, Status = true, DeleteCollection = false, Columns = BuiltInColumns.Namespaces, Strategy = new NamespaceStrategy(), Fields = ["status.phase"] },
        new("", "v1", "Service", "services", "svc") { Status = true, CreateOnUpdate = true, DeleteReturnsObject = true, Categories = ["all"], Columns = ServiceColumns.All, Strategy = new ServiceStrategy(), Fields = ["spec.clusterIP", "spec.type"] },
        new("", "v1", "Node", "nodes", "no") { Namespaced = false, Status = true, Columns = BuiltInColumns.Nodes, Fields = ["spec.unschedulable"], Strategy = new NodeStrategy() },
        new("", "v1", "Pod", "pods", "po") { Status = true, DeleteReturnsObject = true, Generation = true, Categories = ["all"], Columns = BuiltInColumns.Pods, Strategy = new PodStrategy(), Fields = ["spec.nodeName", "status.phase", "spec.restartPolicy", "spec.serviceAccountName", "status.podIP", "spec.hostNetwork", "status.nominatedNodeName"] },
        new("", "v1", "Event", "events", "ev") { CreateOnUpdate = true, Columns = EventColumns.Core, Strategy = new EventStrategy(), Fields = EventStrategy.CoreFields },
        new("", "v1", "ConfigMap", "configmaps", "cm") { Columns = BuiltInColumns.ConfigMaps },
        new("", "v1", "Secret", "secrets") { Columns = BuiltInColumns.Secrets, Strategy = new SecretStrategy(), Fields = ["type"] },
        new("", "v1", "ServiceAccount", "serviceaccounts", "sa") { DeleteReturnsObject = true },
        new("", "v1", "Endpoints", "endpoints", "ep") { CreateOnUpdate = true, Columns = BuiltInColumns.Endpoints },
        new("apps", "v1", "Deployment", "deployments", "deploy") { Status = true, Generation = true, Categories = ["all"], Shape = "Workload", Columns = BuiltInColumns.Deployments, Strategy = new WorkloadStrategy() },
        new("apps", "v1", "DaemonSet", "daemonsets", "ds") { Status = true, Generation = true, Categories = ["all"], Shape = "Workload", Columns = BuiltInColumns.DaemonSets, Strategy = new WorkloadStrategy() },
        new("events.k8s.io", "v1", "Event", "events", "ev") { CreateOnUpdate = true, Shape = "events.k8s.io/Event", Columns = EventColumns.Core, Strategy = new EventStrategy(), Fields = EventStrategy.EventsV1Fields, StoredAs = "" },
        new("coordination.k8s.io", "v1", "Lease", "leases") { CreateOnUpdate = true, UnconditionalUpdate = false, Columns = BuiltInColumns.Leases, Strategy = new LeaseStrategy() },
        new("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices") { Generation = true, Columns = BuiltInColumns.EndpointSlices, Strategy = new EndpointSliceStrategy() },
        new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", "crd", "crds") { Namespaced = false, Status = true, Generation = true, UnconditionalUpdate = false, Categories = ["api-extensions"], Shape = "Workload", Columns = BuiltInColumns.CustomResourceDefinitions, Strategy = new CrdStrategy() },
        new("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations") { Namespaced = false, Generation = true, Shape = "Workload", Columns = BuiltInColumns.NameAndCreated },
        new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "netpol") { Generation = true, Shape = "Workload", Columns = BuiltInColumns.NetworkPolicies },
        new("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "pdb") { Status = true, Generation = true, UnconditionalUpdate = false, Shape = "Workload", Columns = BuiltInColumns.PodDisruptionBudgets },
        new(Rbac, "v1", "ClusterRole", "clusterroles") { Namespaced = false, CreateOnUpdate = true, Shape = "Role", Columns = BuiltInColumns.NameAndCreated, Strategy = new RbacStrategy() },
        new(Rbac, "v1", "ClusterRoleBinding", "clusterrolebindings") { Namespaced = false, CreateOnUpdate = true, Shape = "RoleBinding", Columns = BuiltInColumns.RoleBindings, Strategy = new RbacStrategy() },
        new(Rbac, "v1", "Role", "roles") { CreateOnUpdate = true, Columns = BuiltInColumns.NameAndCreated, Strategy = new RbacStrategy() },
        new(Rbac, "v1", "RoleBinding", "rolebindings") { CreateOnUpdate = true, Columns = BuiltInColumns.RoleBindings, Strategy = new RbacStrategy() },
    ];

    public static ApiResource Resource(BuiltIn row, Store store) => new()
    {
        Group = row.Group,
        Version = row.Version,
        Kind = row.Kind,
        Plural = row.Plural,
        Singular = row.Singular,
        ListKind = row.Kind + "List",
        Namespaced = row.Namespaced,
        Storage = store.Resource(StorageName(row.StoredAs ?? row.Group, row.Plural)),
        Strategy = row.Strategy,
        ShortNames = row.ShortNames,
        Categories = row.Categories,
        HasStatus = row.Status,
        HasGeneration = row.Generation,
        CreateOnUpdate = row.CreateOnUpdate,
        UnconditionalUpdate = row.UnconditionalUpdate,
        DeleteReturnsObject = row.DeleteReturnsObject,
        NoDeleteCollection = !row.DeleteCollection,
        Shape = BuiltInShapes.Kind(row.Shape),
        Columns = row.Columns,
        Fields = row.Fields.Select(f => f.Split('=')).ToDictionary(f => f[0], f => f[^1], StringComparer.Ordinal),
        Converter = row.StoredAs is null ? null : EventShapes.ToEventsV1,
        ToStorageConverter = row.StoredAs is null ? null : EventShapes.ToCore,
    };

    public static string StorageName(string group, string plural) => group.Length == 0 ? plural : plural + "." + group;
}
