using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>What a directory of manifests says.</summary>
/// <param name="Layer2Statuses">Sorted by namespace and name: the present owners.</param>
/// <param name="Warnings">For a person, in document order: what was passed over or not understood in objects that carry no faults of their own.</param>
public sealed record DirectoryContents(ClusterSnapshot Snapshot, ValueArray<Layer2StatusView> Layer2Statuses, ValueArray<string> Warnings)
{
    /// <summary>What the parts of LbSpeaker say of themselves.</summary>
    public required ClusterReports Reports { get; init; }
}
