using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Speaker;

/// <summary>
/// How far this node is on its way into maintenance: the annotation says that it is asked for, and from when this was first seen the routes say for a while that
/// they go; then they go. A speaker that starts during maintenance begins with the first again, which harms nobody.
/// </summary>
internal sealed class MaintenanceClock(string node, TimeSpan wait, TimeProvider time, ChannelWriter<SpeakerMessage> mailbox) : IDisposable
{
    private NodeRecord? own;
    private long? began;
    private ITimer? due;

    public MaintenancePhase Phase { get; private set; }

    /// <summary>The change as the planner is to see it: this node's own record with the phase of this moment.</summary>
    public ClusterChange Judge(ClusterChange change)
    {
        if (change is not ClusterChange.Upserted { Record: NodeRecord record } || record.View.Name != node) return change;
        own = record;
        if (record.View.Maintenance == MaintenancePhase.None)
        {
            began = null;
            due?.Dispose();
            due = null;
            Phase = MaintenancePhase.None;
            return change;
        }
        began ??= time.GetTimestamp();
        TimeSpan left = (record.MaintenanceWait ?? wait) - time.GetElapsedTime(began.Value);
        Phase = left <= TimeSpan.Zero ? MaintenancePhase.Withdrawn : MaintenancePhase.Draining;
        due?.Dispose();
        due = left <= TimeSpan.Zero ? null : time.CreateTimer(_ => mailbox.TryWrite(new SpeakerMessage.MaintenanceDue()), null, left, Timeout.InfiniteTimeSpan);
        return new ClusterChange.Upserted(record with { View = record.View with { Maintenance = Phase } });
    }

    /// <summary>The own record again, as it is after the time that has passed; null where the node is gone.</summary>
    public ClusterChange? Again() => own is null ? null : Judge(new ClusterChange.Upserted(own));

    public void Dispose() => due?.Dispose();
}
