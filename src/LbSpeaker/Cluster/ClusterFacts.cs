using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Cluster;

/// <summary>
/// The records of the cluster as far as a writer needs them, and the snapshot builder that they feed. Both daemons hold one; each has one owner, its loop.
/// </summary>
internal sealed class ClusterFacts(bool readsSecrets)
{
    private readonly Dictionary<ObjectKey, ServiceRecord> services = [];
    private readonly StatusBook<Layer2StatusView> layer2Statuses = new(s => s.Key, s => s.Service);
    private readonly StatusBook<BgpStatusView> bgpStatuses = new(s => s.Key, s => s.Service);
    private readonly Dictionary<ObjectKey, NodeReport> nodeReports = [];
    private readonly SortedSet<string> nodes = new(StringComparer.Ordinal);

    public ClusterSnapshotBuilder Builder { get; } = new(readsSecrets);

    public ServiceRecord? Service(ObjectKey key) => services.GetValueOrDefault(key);

    public IReadOnlyCollection<string> Nodes => nodes;

    /// <summary>Services about which some node says something, whether they are there or not.</summary>
    public IEnumerable<ObjectKey> ServicesWithLayer2Status => layer2Statuses.Services;

    /// <summary>What nodes say about a Service; mostly one node in one object.</summary>
    public IReadOnlyList<Layer2StatusView> Layer2StatusesOf(ObjectKey service) => layer2Statuses.Of(service);

    /// <summary>What nodes say about a Service by BGP: each that announces it in an object of its own.</summary>
    public IReadOnlyList<BgpStatusView> BgpStatusesOf(ObjectKey service) => bgpStatuses.Of(service);

    /// <summary>What speakers say about their nodes.</summary>
    public IReadOnlyCollection<NodeReport> NodeReports => nodeReports.Values;

    /// <summary>Of a status of either protocol.</summary>
    public ObjectKey? ServiceOfStatus(ClusterKind kind, ObjectKey status) => kind switch
    {
        ClusterKind.ServiceL2Status => layer2Statuses.ServiceOf(status),
        ClusterKind.ServiceBGPStatus => bgpStatuses.ServiceOf(status),
        _ => null,
    };

    /// <param name="planned">What a planner is shown of a Service: the record's own view where null.</param>
    public void Apply(ClusterChange change, Func<ServiceRecord, ServiceView>? planned = null)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord service }:
                Set(service, planned?.Invoke(service) ?? service.View);
                return;
            case ClusterChange.Upserted { Record: Layer2StatusRecord status }:
                layer2Statuses.Set(status.View);
                break;
            case ClusterChange.Upserted { Record: BgpStatusRecord status }:
                bgpStatuses.Set(status.View);
                return;
            case ClusterChange.Upserted { Record: NodeStateRecord state }:
                nodeReports[state.Key] = state.Report;
                break;
            case ClusterChange.Upserted { Record: NodeRecord node }:
                nodes.Add(node.View.Name);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.Node, Key: var key }:
                nodes.Remove(key.Name);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key }:
                services.Remove(key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status, Key: var key }:
                layer2Statuses.Remove(key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceBGPStatus, Key: var key }:
                bgpStatuses.Remove(key);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.NodeState, Key: var key }:
                nodeReports.Remove(key);
                break;
        }
        Builder.Apply(change);
    }

    public void Set(ServiceRecord record, ServiceView planned)
    {
        services[record.Key] = record;
        Builder.Set(planned);
    }
}
