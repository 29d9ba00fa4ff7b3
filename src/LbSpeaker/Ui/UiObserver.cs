using System.Collections.Immutable;
using LbSpeaker.Controller;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Ui;

/// <summary>Gathers facts beside a <see cref="ControllerState"/>: it is shown each change and each turn. One owner, the loop of that state; anybody may read <see cref="Facts"/>.</summary>
internal sealed class UiObserver(TimeProvider time)
{
    private readonly UiHistory history = new(time);
    private readonly ImmutableDictionary<ObjectKey, UiReport>.Builder reports = ImmutableDictionary.CreateBuilder<ObjectKey, UiReport>();
    private ImmutableSortedDictionary<string, NodeStateRecord> nodeStates = ImmutableSortedDictionary.Create<string, NodeStateRecord>(StringComparer.Ordinal);
    private volatile UiFacts? facts;

    /// <summary>As of the last turn; null before the first.</summary>
    public UiFacts? Facts => facts;

    public void Apply(ClusterChange change)
    {
        history.Apply(change);
        switch (change)
        {
            case ClusterChange.Upserted { Record: NodeStateRecord state }:
                nodeStates = nodeStates.SetItem(state.Report.Node, state);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.NodeState, Key: var key }:
                nodeStates = nodeStates.Remove(key.Name);
                break;
        }
    }

    public void Observe(ControllerTurn turn)
    {
        foreach (ObjectKey key in turn.Snapshot.Changes.Services)
            if (!turn.Snapshot.Services.ContainsKey(key)) reports.Remove(key);
        foreach (ObjectKey released in turn.Released) reports.Remove(released);
        foreach (ServiceReport report in turn.Services) reports[report.Service] = UiReport.Of(report, turn.Announcements.Services.GetValueOrDefault(report.Service) ?? ServiceAnnouncements.None);
        facts = new(turn.Snapshot, turn.Config, turn.Allocation, turn.Announcements, reports.ToImmutable(), nodeStates, history.Moments);
    }
}
