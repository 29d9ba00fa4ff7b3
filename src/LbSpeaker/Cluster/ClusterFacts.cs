using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Cluster;

/// <summary>
/// The records of the cluster as far as a writer needs them, and the snapshot builder that they feed. Both daemons hold one; each has one owner, its loop.
/// </summary>
internal sealed class ClusterFacts(bool readsSecrets)
{
    private readonly Dictionary<ObjectKey, ServiceRecord> services = [];
    private readonly Dictionary<ObjectKey, Layer2StatusRecord> layer2Statuses = [];
    private readonly Dictionary<ObjectKey, ObjectKey> statusOfService = [];

    public ClusterSnapshotBuilder Builder { get; } = new(readsSecrets);

    public ServiceRecord? Service(ObjectKey key) => services.GetValueOrDefault(key);

    public Layer2StatusView? Layer2StatusOf(ObjectKey service) =>
        statusOfService.TryGetValue(service, out ObjectKey status) && layer2Statuses.TryGetValue(status, out Layer2StatusRecord? record) ? record.View : null;

    public ObjectKey? ServiceOfStatus(ObjectKey status) => layer2Statuses.GetValueOrDefault(status)?.View.Service;

    /// <param name="planned">What a planner is shown: the record's own view, or that with an assumed write over it.</param>
    public void Set(ServiceRecord record, ServiceView planned)
    {
        services[record.Key] = record;
        Builder.Set(planned);
    }

    public void Apply(ClusterRecord record)
    {
        switch (record)
        {
            case ServiceRecord service: Set(service, service.View); break;
            case EndpointSliceRecord slice: Builder.Set(slice.View); break;
            case NodeRecord node: Builder.Set(node.View); break;
            case NamespaceRecord ns: Builder.Set(ns.View); break;
            case ConfigRecord config: Builder.Set(config.Declaration); break;
            case SecretRecord secret: Builder.Set(secret.View); break;
            case Layer2StatusRecord status:
                if (layer2Statuses.TryGetValue(status.Key, out Layer2StatusRecord? old) && old.View.Service != status.View.Service) statusOfService.Remove(old.View.Service);
                layer2Statuses[status.Key] = status;
                statusOfService[status.View.Service] = status.Key;
                break;
        }
    }

    public void Remove(ClusterKind kind, ObjectKey key)
    {
        switch (kind)
        {
            case ClusterKind.Service:
                services.Remove(key);
                Builder.RemoveService(key);
                break;
            case ClusterKind.EndpointSlice: Builder.RemoveEndpointSlice(key); break;
            case ClusterKind.Node: Builder.RemoveNode(key.Name); break;
            case ClusterKind.Namespace: Builder.RemoveNamespace(key.Name); break;
            case ClusterKind.Secret: Builder.RemoveSecret(key); break;
            case var config when config.IsConfig(): Builder.RemoveConfig(config.ToString(), key); break;
            case ClusterKind.ServiceL2Status:
                if (layer2Statuses.Remove(key, out Layer2StatusRecord? old)) statusOfService.Remove(old.View.Service);
                break;
        }
    }}
