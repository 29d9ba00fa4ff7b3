using System.Threading.Channels;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;

namespace LbSpeaker.Speaker;

/// <summary>Takes all that waits, plans once, gives the announcer its plan, and after that the writers theirs: the announce path waits for nothing.</summary>
internal sealed class SpeakerLoop(
    SpeakerState state, ILayer2Announcer announcer, ServiceL2StatusWriter statuses, ConfigurationStateWriter configuration, EventWriter events, SpeakerMetrics metrics)
{
    private volatile bool isSynced, hasInterface;

    public IEnumerable<Func<CancellationToken, Task>> Writers => [statuses.RunAsync, configuration.RunAsync, events.RunAsync];

    /// <summary>Null when the cluster is known and a socket is open.</summary>
    public string? NotReady => !isSynced ? "the cluster has not been listed yet" : hasInterface ? null : "no interface is open for ARP or NDP";

    public async Task RunAsync(ChannelReader<SpeakerMessage> mailbox, CancellationToken ct)
    {
        while (await mailbox.WaitToReadAsync(ct).ConfigureAwait(false))
        {
            while (mailbox.TryRead(out SpeakerMessage? message)) Take(message);
            if (isSynced) Turn();
        }
    }

    private void Take(SpeakerMessage message)
    {
        switch (message)
        {
            case SpeakerMessage.Cluster { Change: var change }:
                isSynced |= change is ClusterChange.Ready;
                statuses.Observe(change);
                configuration.Observe(change);
                state.Apply(change);
                break;
            case SpeakerMessage.Layer2 { Report: var report }:
                hasInterface = !report.Interfaces.IsEmpty;
                state.Apply(report);
                break;
        }
    }

    private void Turn()
    {
        SpeakerTurn turn = state.Turn();
        announcer.SetDesired(turn.Plan.Layer2);
        if (turn.Own is { } own)
        {
            statuses.SetDesired(own, turn.Orphaned, turn.LiveSpeakers);
            statuses.Flush();
        }
        configuration.SetDesired(turn.Configuration);
        configuration.Flush();
        foreach ((EventSubject subject, EventReport told) in turn.Events) events.Write(subject, told);
        metrics.Set(turn);
    }
}
