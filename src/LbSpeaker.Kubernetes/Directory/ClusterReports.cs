using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>Who leads, by the controllers' Lease.</summary>
/// <param name="Holder">Empty where the Lease was given back.</param>
/// <param name="Renewed">Null where it was never held.</param>
public sealed record ControllerLead(string Holder, DateTimeOffset? Since, DateTimeOffset? Renewed, TimeSpan Duration)
{
    /// <summary>Somebody leads, as far as the Leases tell that were read together with this one.</summary>
    /// <param name="at">The moment of the picture.</param>
    public bool IsHeldAt(DateTimeOffset at) => Holder.Length > 0 && Renewed is { } renewed && at - renewed < Duration;
}

/// <summary>A Pod in the namespace that LbSpeaker runs in.</summary>
/// <param name="Component">Its label app.kubernetes.io/component; empty where it has none.</param>
/// <param name="Image">Of its first container.</param>
/// <param name="Trouble">Why it is not ready, in Kubernetes' words; empty where it is.</param>
public sealed record PartPod(string Name, string Component, string Node, string Image, string Trouble);

/// <summary>What the parts of LbSpeaker say of themselves, and what stands in the cluster about them. Each list in the order of its objects' keys.</summary>
/// <param name="Lead">Null where there is no such Lease.</param>
public sealed record ClusterReports(
    ControllerLead? Lead,
    ValueArray<SpeakerLeaseRecord> Leases,
    ValueArray<NodeStateRecord> NodeStates,
    ValueArray<BgpStatusView> BgpStatuses,
    ValueArray<ConfigurationStateRecord> ConfigurationStates,
    ValueArray<PartPod> Pods)
{
    public static ClusterReports None { get; } = new(null, [], [], [], [], []);

    /// <summary>The moment of which the objects tell: the newest renewal among the Leases; null where none was renewed.</summary>
    public DateTimeOffset? PictureTaken => Leases.Select(l => l.Renewed).Append(Lead?.Renewed).Max();
}
