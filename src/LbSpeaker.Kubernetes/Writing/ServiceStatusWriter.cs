using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>Writes the status of Services.</summary>
public sealed class ServiceStatusWriter(KubernetesApi api, AddressHandover handover, ILogger<ServiceStatusWriter> log)
    : HolderStatusWriter<ServiceRecord, ServiceReport>(api, handover, isOfClaims: false, static key => $"api/v1/namespaces/{key.Namespace}/services/{key.Name}/status", PatchType.StrategicMerge, parallelism: 16, log)
{
    /// <inheritdoc/>
    public override void Observe(ClusterChange change)
    {
        if (change is ClusterChange.Upserted { Record: ServiceRecord record }) Saw(record.Key, record);
        else if (change is ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key }) Lost(key);
    }

    /// <inheritdoc/>
    public override void SetDesired(ServiceReport report) => Desire(report.Service, report, report.IsOfAnother ? null : report.Addresses);

    private protected override ValueArray<IpAddress> AddressesOf(ServiceReport report) => report.Addresses;

    private protected override IEnumerable<string?> ShownBy(ServiceRecord record) => record.View.Ingress.Select(i => i.Ip);

    private protected override byte[]? Patch(ServiceReport wish, ServiceRecord record, DateTimeOffset now) => ServiceStatusPatch.Of(wish, record, now);

    private protected override byte[]? Dropping(ServiceRecord record, ValueArray<IpAddress> kept) => ServiceStatusPatch.Dropping(record, kept);
}
