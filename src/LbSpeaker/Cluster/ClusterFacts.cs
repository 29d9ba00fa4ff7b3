using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Cluster;

/// <summary>
/// The records of the cluster as far as a writer needs them, and the snapshot builder that they feed. Both daemons hold one; each has one owner, its loop.
/// </summary>
internal sealed class ClusterFacts(bool readsSecrets)
{
    private readonly Dictionary<ObjectKey, ServiceRecord> services = [];
    private readonly Dictionary<ObjectKey, Layer2StatusView> layer2Statuses = [];
    private readonly Dictionary<ObjectKey, List<Layer2StatusView>> statusesOfService = [];

    public ClusterSnapshotBuilder Builder { get; } = new(readsSecrets);

    public ServiceRecord? Service(ObjectKey key) => services.GetValueOrDefault(key);

    /// <summary>Every ServiceL2Status.</summary>
    public IEnumerable<Layer2StatusView> Layer2Statuses => layer2Statuses.Values;

    /// <summary>What nodes say about a Service; mostly one node in one object.</summary>
    public IReadOnlyList<Layer2StatusView> Layer2StatusesOf(ObjectKey service) => statusesOfService.TryGetValue(service, out List<Layer2StatusView>? found) ? found : [];

    public ObjectKey? ServiceOfStatus(ObjectKey status) => layer2Statuses.GetValueOrDefault(status)?.Service;

    /// <param name="planned">What a planner is shown of a Service: the record's own view where null.</param>
    public void Apply(ClusterChange change, Func<ServiceRecord, ServiceView>? planned = null)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord service }:
                Set(service, planned?.Invoke(service) ?? service.View);
                return;
            case ClusterChange.Upserted { Record: Layer2StatusRecord { View: var status } }:
                ForgetStatus(status.Key);
                layer2Statuses[status.Key] = status;
                if (!statusesOfService.TryGetValue(status.Service, out List<Layer2StatusView>? others)) statusesOfService[status.Service] = others = [];
                others.Add(status);
                return;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key }:
                services.Remove(key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status, Key: var key }:
                ForgetStatus(key);
                break;
        }
        Builder.Apply(change);
    }

    public void Set(ServiceRecord record, ServiceView planned)
    {
        services[record.Key] = record;
        Builder.Set(planned);
    }

    private void ForgetStatus(ObjectKey key)
    {
        if (!layer2Statuses.Remove(key, out Layer2StatusView? old)) return;
        List<Layer2StatusView> others = statusesOfService[old.Service];
        others.Remove(old);
        if (others.Count == 0) statusesOfService.Remove(old.Service);
    }
}
