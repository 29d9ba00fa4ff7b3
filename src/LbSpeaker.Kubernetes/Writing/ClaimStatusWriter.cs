using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>Writes the status of IPClaims.</summary>
public sealed class ClaimStatusWriter(KubernetesApi api, AddressHandover handover, ILogger<ClaimStatusWriter> log)
    : HolderStatusWriter<ClaimRecord, ClaimReport>(
        api, handover, isOfClaims: true, static key => $"apis/{ApiNames.GroupVersionOf(ClusterKind.IPClaim)}/namespaces/{key.Namespace}/{ApiNames.PluralOf(ClusterKind.IPClaim)}/{key.Name}/status", PatchType.Merge, parallelism: 4, log)
{
    /// <inheritdoc/>
    public override void Observe(ClusterChange change)
    {
        if (change is ClusterChange.Upserted { Record: ClaimRecord record }) Saw(record.Key, record);
        else if (change is ClusterChange.Removed { Kind: ClusterKind.IPClaim, Key: var key }) Lost(key);
    }

    /// <inheritdoc/>
    public override void SetDesired(ClaimReport report) => Desire(report.Claim, report, report.Addresses);

    private protected override ValueArray<IpAddress> AddressesOf(ClaimReport report) => report.Addresses;

    private protected override IEnumerable<string?> ShownBy(ClaimRecord record) => record.View.Held;

    private protected override byte[]? Patch(ClaimReport wish, ClaimRecord record, DateTimeOffset now) => ClaimStatusPatch.Of(wish, record, now);

    private protected override byte[]? Dropping(ClaimRecord record, ValueArray<IpAddress> kept) => ClaimStatusPatch.Dropping(record, kept);
}
