using System.Threading.Channels;
using LbSpeaker.Bgp;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;

namespace LbSpeaker.Speaker;

/// <summary>Takes all that waits, plans once, gives the announcers their plans, and after that the writers theirs: the announce path waits for nothing.</summary>
internal sealed class SpeakerLoop(
    SpeakerState state, MaintenanceClock maintenance, ILayer2Announcer layer2, IBgpAnnouncer bgp, RouterWatch routers, ServiceL2StatusWriter statuses, ServiceBgpStatusWriter bgpStatuses, NodeStateWriter nodeState,
    ConfigurationStateWriter configuration, EventWriter events, SpeakerMetrics metrics)
{
    private volatile bool isSynced, hasInterface;
    private BgpReport sessions = BgpReport.Empty;
    private BgpPlan bgpPlan = BgpPlan.Empty;

    public IEnumerable<Func<CancellationToken, Task>> Writers => [statuses.RunAsync, bgpStatuses.RunAsync, nodeState.RunAsync, configuration.RunAsync, events.RunAsync];

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
                bgpStatuses.Observe(change);
                nodeState.Observe(change);
                configuration.Observe(change);
                state.Apply(maintenance.Judge(change));
                break;
            case SpeakerMessage.MaintenanceDue when maintenance.Again() is { } again:
                state.Apply(again);
                break;
            case SpeakerMessage.Bgp { Report: var report }:
                sessions = report;
                routers.SetDesired(bgpPlan, sessions);
                state.Apply(report, routers.States);
                break;
            case SpeakerMessage.BfdChanged:
                state.Apply(routers.States);
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
        layer2.SetDesired(turn.Plan.Layer2);
        bgp.SetDesired(bgpPlan = turn.Plan.Bgp);
        routers.SetDesired(bgpPlan, sessions);
        if (turn.Reports is { } reports)
        {
            statuses.SetDesired(reports, turn.Orphaned, turn.LiveSpeakers);
            statuses.Flush();
        }
        bgpStatuses.SetDesired(turn.BgpReports, isComplete: turn.Plan.Changed is null);
        bgpStatuses.Flush();
        nodeState.SetDesired(turn.Node);
        nodeState.Flush();
        configuration.SetDesired(turn.Configuration);
        configuration.Flush();
        foreach ((EventSubject subject, EventReport told) in turn.Events) events.Write(subject, told);
        metrics.Set(turn);
    }
}
