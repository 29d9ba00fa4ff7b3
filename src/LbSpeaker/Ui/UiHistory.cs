using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Ui;

/// <summary>
/// What happened, told from how the nodes' own words changed while they were watched, and before that from since when they say that it is so. What happens
/// together to many is one moment. One owner, the loop that takes the changes.
/// </summary>
internal sealed class UiHistory(TimeProvider time)
{
    /// <summary>Two more words beside the reasons of events.</summary>
    public const string SpeakerLost = "SpeakerLost", SpeakerLives = "SpeakerLives";

    /// <summary>How many moments are kept, and how many subjects of one are named.</summary>
    public const int Most = 100, Named = 3;

    /// <summary>What happens to others within this time after it began belongs to the same moment.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(10);

    private readonly LinkedList<UiMoment> moments = [];
    private readonly Dictionary<ObjectKey, Layer2StatusView> statuses = [];
    private readonly Dictionary<string, NodeReport> reports = new(StringComparer.Ordinal);
    private ClusterChange.SpeakersChanged? speakers;
    private bool isWhole;

    /// <summary>The newest first.</summary>
    public ValueArray<UiMoment> Moments => moments.ToValueArray();

    public void Apply(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: Layer2StatusRecord { View: var status } }:
                if (isWhole) Compare(statuses.GetValueOrDefault(status.Key), status);
                statuses[status.Key] = status;
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status, Key: var key }:
                statuses.Remove(key);
                break;
            case ClusterChange.Upserted { Record: NodeStateRecord { Report: var report } }:
                if (isWhole) Compare(reports.GetValueOrDefault(report.Node), report);
                reports[report.Node] = report;
                break;
            case ClusterChange.Removed { Kind: ClusterKind.NodeState, Key: var key }:
                reports.Remove(key.Name);
                break;
            case ClusterChange.SpeakersChanged now:
                if (isWhole && speakers is { Live: { } before } && now.Live is { } after)
                {
                    foreach (string lost in before.Except(after)) Add(new(time.GetUtcNow(), SpeakerLost, true, lost, "", new([], 0), ""));
                    foreach (string back in after.Except(before)) Add(new(time.GetUtcNow(), SpeakerLives, false, back, "", new([], 0), ""));
                }
                speakers = now;
                break;
            case ClusterChange.Ready:
                isWhole = true;
                foreach (UiMoment told in Told(statuses.Values, reports.Values)) Add(told);
                break;
        }
    }

    /// <summary>What the statuses themselves tell of the past: the last change of each. The oldest first.</summary>
    public static IEnumerable<UiMoment> Told(IEnumerable<Layer2StatusView> statuses, IEnumerable<NodeReport> reports)
    {
        IEnumerable<UiMoment> owned = statuses.Where(s => s is { IsAnnounced: true, Since: not null }).Select(s => Assigned(s, "", s.Since!.Value));
        IEnumerable<UiMoment> sessions = reports.SelectMany(r => r.Sessions.Where(s => s.Since != default).Select(s => Session(r.Node, s)));
        return owned.Concat(sessions).OrderBy(m => m.Time).ThenBy(m => m.Node, StringComparer.Ordinal).ThenBy(m => m.Subjects.Items[0], StringComparer.Ordinal);
    }

    /// <summary>The same, as the page shows it.</summary>
    public static ValueArray<UiMoment> Of(IEnumerable<UiMoment> told)
    {
        UiHistory history = new(TimeProvider.System);
        foreach (UiMoment moment in told) history.Add(moment);
        return history.Moments;
    }

    private void Compare(Layer2StatusView? before, Layer2StatusView now)
    {
        if (now.IsAnnounced && (before is not { IsAnnounced: true } || before.Node != now.Node))
            Add(Assigned(now, before is not null && before.Node != now.Node ? before.Node : "", now.Since ?? time.GetUtcNow()));
        foreach (NotAnnouncedView failure in now.NotAnnounced)
        {
            if (before is not null && before.Node == now.Node && before.NotAnnounced.Contains(failure)) continue;
            bool isConflict = failure.Reason is nameof(NotAnnouncedReason.AddressInUse) or nameof(NotAnnouncedReason.Yielded);
            Add(new(
                time.GetUtcNow(), (isConflict ? EventReason.AddressConflict : EventReason.AnnounceFailed).Text(), true, now.Node, "",
                new([$"{failure.Address} of {now.Service}"], 0), $"{failure.Reason}: {failure.Message}"));
        }
    }

    private void Compare(NodeReport? before, NodeReport now)
    {
        foreach (BgpSessionView session in now.Sessions)
        {
            BgpSessionView? old = before?.Sessions.FirstOrDefault(s => s.Peer == session.Peer);
            // A session that was never up and still is not is no news.
            if (old?.State == session.State || old is null && !session.IsUp) continue;
            Add(Session(now.Node, session) is var told && session.Since == default ? told with { Time = time.GetUtcNow() } : told);
        }
    }

    private static UiMoment Assigned(Layer2StatusView status, string from, DateTimeOffset at) =>
        new(at, EventReason.NodeAssigned.Text(), false, status.Node, from, new([status.Service.ToString()], 0), "");

    private static UiMoment Session(string node, BgpSessionView session) => new(
        session.Since, (session.IsUp ? EventReason.SessionUp : EventReason.SessionDown).Text(), !session.IsUp, node, "",
        new([$"{session.Peer} ({session.Router})"], 0), session.Trouble);

    private void Add(UiMoment moment)
    {
        // What is told with its own time may have happened before something that was seen.
        LinkedListNode<UiMoment>? first = null, older = null;
        for (LinkedListNode<UiMoment>? at = moments.First; at is not null && first is null; at = at.Next)
        {
            if (Joins(at.Value, moment)) first = at;
            if (older is null && at.Value.Time <= moment.Time) older = at;
        }
        if (first is not null) first.Value = Joined(first.Value, moment);
        else if (older is not null) moments.AddBefore(older, moment);
        else moments.AddLast(moment);
        if (moments.Count > Most) moments.RemoveLast();
    }

    private static bool Joins(UiMoment first, UiMoment moment) =>
        (first.Word, first.Node, first.From) == (moment.Word, moment.Node, moment.From) && first.Subjects.Items.Count > 0 && (moment.Time - first.Time).Duration() <= Together;

    private static UiMoment Joined(UiMoment first, UiMoment moment) => first with
    {
        Subjects = first.Subjects.Items.Count < Named ? new([.. first.Subjects.Items, .. moment.Subjects.Items], 0) : first.Subjects with { LeftOut = first.Subjects.LeftOut + 1 },
        Detail = first.Detail == moment.Detail ? first.Detail : "",
    };
}
