using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;

namespace LbSpeaker.Speaker;

/// <summary>Takes all changes that wait, plans once, gives the announcer its plan, and after that the writers theirs: the announce path waits for nothing.</summary>
internal sealed class SpeakerLoop(
    SpeakerState state, Layer2Announcer announcer, ServiceL2StatusWriter statuses, ConfigurationStateWriter configuration, EventWriter events, SpeakerMetrics metrics, string node)
{
    public IEnumerable<Func<CancellationToken, Task>> Writers => [statuses.RunAsync, configuration.RunAsync, events.RunAsync];

    public async Task RunAsync(ChannelReader<ClusterChange> mailbox, Action becameReady, CancellationToken ct)
    {
        bool ready = false;
        while (await mailbox.WaitToReadAsync(ct).ConfigureAwait(false))
        {
            while (mailbox.TryRead(out ClusterChange? change))
            {
                if (change is ClusterChange.Ready)
                {
                    ready = true;
                    becameReady();
                }
                Take(change);
            }
            if (ready) Turn();
        }
    }

    private void Take(ClusterChange change)
    {
        statuses.Observe(change);
        configuration.Observe(change);
        switch (change)
        {
            case ClusterChange.Upserted upserted: state.Apply(upserted.Record); break;
            case ClusterChange.Removed removed: state.Remove(removed.Kind, removed.Key); break;
            case ClusterChange.SpeakersChanged speakers: state.SetLiveSpeakers(speakers.Live); break;
        }
    }

    private void Turn()
    {
        SpeakerTurn turn = state.Turn();
        announcer.SetDesired(turn.Plan.Layer2);
        statuses.SetDesired(turn.Own);
        statuses.Flush();
        configuration.SetDesired(turn.Configuration);
        configuration.Flush();
        foreach (ServiceView gained in turn.Gained)
            events.Write(EventSubject.Of(gained), new(false, EventReason.NodeAssigned, $"announcing from node \"{node}\" with protocol \"layer2\""));
        metrics.Set(turn.Plan, turn.Configuration.IsValid);
    }
}
