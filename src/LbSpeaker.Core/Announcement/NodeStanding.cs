using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Announcement;

/// <summary>What speaks against a node announcing anything, whatever the Service and the protocol.</summary>
internal static class NodeStanding
{
    public static RefusalReason? Against(NodeView node, ClusterSnapshot snapshot, AnnouncementOptions options) =>
        node.NetworkUnavailable ? RefusalReason.NodeNetworkUnavailable
        : !options.IgnoreExcludeLabel && node.Labels.ContainsKey(NodeView.ExcludeLabel) ? RefusalReason.NodeLabeledExcludeBalancers
        : !snapshot.HasLiveSpeaker(node.Name) ? RefusalReason.NoLiveSpeaker
        : null;
}
