using System.Threading.Channels;
using LbSpeaker.Bgp;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;

namespace LbSpeaker.Speaker;

/// <summary>Takes all that waits, plans once, gives the announcers their plans, and after that the writers theirs: the announce path waits for nothing.</summary>
internal sealed class SpeakerLoop(
    SpeakerState state, MaintenanceClock maintenance, ILayer2Announcer layer2, IBgpAnnouncer bgp, RouterWatch routers, FellowWatch fellows, SpeakerWriters writers,
    SpeakerMetrics metrics, TimeProvider time)
{
    private readonly TaskCompletionSource handedOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool isSynced, hasInterface;
    private bool isLeaving;
    private BgpReport sessions = BgpReport.Empty;
    private BgpPlan bgpPlan = BgpPlan.Empty;

    /// <summary>Null when the cluster is known and a socket is open.</summary>
    public string? NotReady => !isSynced ? "the cluster has not been listed yet" : hasInterface ? null : "no interface is open for ARP or NDP";

    /// <summary>Done when, after <see cref="SpeakerMessage.Leave"/>, nothing that somebody takes over is answered here any more.</summary>
    public Task HandedOver => handedOver.Task;

    public async Task RunAsync(ChannelReader<SpeakerMessage> mailbox, CancellationToken ct)
    {
        while (await mailbox.WaitToReadAsync(ct).ConfigureAwait(false))
        {
            while (mailbox.TryRead(out SpeakerMessage? message)) Take(message);
            if (isSynced) Turn();
            else if (isLeaving) handedOver.TrySetResult();
        }
    }

    private void Take(SpeakerMessage message)
    {
        switch (message)
        {
            case SpeakerMessage.Cluster { Change: var change }:
                isSynced |= change is ClusterChange.Ready;
                writers.Observe(change);
                fellows.Observe(change);
                state.Apply(maintenance.Judge(change));
                break;
            case SpeakerMessage.MaintenanceDue when maintenance.Again() is { } again:
                state.Apply(again);
                break;
            case SpeakerMessage.Layer2 { Report: var report }:
                hasInterface = !report.Interfaces.IsEmpty;
                state.Apply(report);
                break;
            case SpeakerMessage.Bgp { Report: var report }:
                sessions = report;
                state.Apply(report, routers.States);
                break;
            case SpeakerMessage.BfdChanged:
                state.Apply(sessions, routers.States);
                break;
            case SpeakerMessage.Heartbeats { Report: var report }:
                fellows.Apply(report);
                break;
            case SpeakerMessage.FellowsDue:
                fellows.LookAgain();
                break;
            case SpeakerMessage.Leave:
                isLeaving = true;
                fellows.Leave();
                state.Leave();
                break;
        }
    }

    private void Turn()
    {
        long began = time.GetTimestamp();
        state.Apply(fellows.Judge());
        SpeakerTurn turn = state.Turn(time.GetUtcNow());
        TimeSpan took = time.GetElapsedTime(began);
        layer2.SetDesired(turn.Plan.Layer2);
        bgp.SetDesired(bgpPlan = turn.Plan.Bgp);
        routers.SetDesired(bgpPlan, sessions);
        fellows.SetDesired();
        writers.Write(turn);
        metrics.Set(turn, took);
        if (isLeaving && state.HasHandedOver(turn.Plan)) handedOver.TrySetResult();
    }
}
