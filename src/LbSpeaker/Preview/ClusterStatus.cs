using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Preview;

/// <summary>One speaker, as the cluster tells of it.</summary>
/// <param name="IsAlive">Its Lease is renewed; null where no speaker has one, and then nothing is known.</param>
/// <param name="Heartbeats">Whether it hears those of the other nodes, in words; empty where that is not told.</param>
/// <param name="Version">The image it runs; empty where its Pod is not seen.</param>
/// <param name="Trouble">What is wrong with it; empty where nothing is.</param>
internal sealed record SpeakerStanding(string Node, bool? IsAlive, string Heartbeats, MaintenancePhase Maintenance, string Version, string Trouble);

/// <param name="Says">Who leads, or that nobody does.</param>
internal sealed record ControllerStanding(string Says, bool IsWell);

/// <summary>A Service that lacks something.</summary>
/// <param name="Reason">Of the words of the condition Allocated or Announced.</param>
internal sealed record ServiceLack(ObjectKey Service, string Reason, string Message);

internal sealed record SessionDown(string Node, string Peer, string State, DateTimeOffset Since, string Message);

/// <summary>One page on a cluster: what is, and what is wrong.</summary>
/// <param name="Controller">Null where nothing is known about controllers, as in a directory of plain manifests.</param>
/// <param name="Speakers">One for each Node, and for each that has a Lease; empty where nothing is known about speakers.</param>
/// <param name="Waiting">Services without all that they ask for.</param>
/// <param name="NotAnnounced">Services with an address that is not announced.</param>
internal sealed record ClusterStatus(
    ControllerStanding? Controller,
    IReadOnlyList<SpeakerStanding> Speakers,
    IReadOnlyList<Problem> Problems,
    IReadOnlyList<string> Disagreements,
    IReadOnlyList<PoolUsage> Pools,
    IReadOnlyList<ServiceLack> Waiting,
    IReadOnlyList<ServiceLack> NotAnnounced,
    IReadOnlyList<SessionDown> SessionsDown)
{
    /// <summary>By how much the clock here and those of the nodes may differ before a picture counts as old.</summary>
    private static readonly TimeSpan OldPicture = TimeSpan.FromMinutes(1);

    /// <summary>Between the clocks of nodes.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromSeconds(5);

    public int Wrong =>
        (Controller is { IsWell: false } ? 1 : 0) + Speakers.Count(s => s.Trouble.Length > 0) + Problems.Count + Disagreements.Count
        + Waiting.Count + NotAnnounced.Count + SessionsDown.Count;

    /// <param name="preview">Of <paramref name="input"/>.</param>
    /// <param name="now">Null for a directory, which has no clock but its own Leases.</param>
    public static ClusterStatus Of(PreviewInput input, ClusterPreview preview, DateTimeOffset? now)
    {
        ClusterReports reports = input.Contents.Reports;
        bool isRunning = input.Objects.IsLive || !reports.Leases.IsEmpty || reports.Lead is not null;
        DateTimeOffset? moment = MomentOf(reports, now);
        ControllerStanding? controller = isRunning ? Leading(reports, moment) : null;
        ILookup<ObjectKey, Layer2StatusView> layer2 = input.Contents.Layer2Statuses.ToLookup(s => s.Service);
        ILookup<ObjectKey, BgpStatusView> bgp = reports.BgpStatuses.ToLookup(s => s.Service);
        List<ServiceLack> waiting = [], silent = [];
        foreach (ServiceDecision decision in preview.Allocation.Services.Values.OrderBy(d => d.Service))
        {
            if (decision.Decision == AllocationDecision.NotOurs) continue;
            if (decision.Reason is { } reason) waiting.Add(new(decision.Service, reason.ToString(), decision.Message));
            else if (isRunning && decision.Decision != AllocationDecision.Keep)
                waiting.Add(new(decision.Service, decision.Decision.ToString(), $"the controller is to write {(decision.Addresses.IsEmpty ? "that it holds nothing" : string.Join(", ", decision.Addresses.AsEnumerable()))}{(controller is { IsWell: true } ? "" : ", and none leads")}"));
            if (!decision.Addresses.IsEmpty && Silence(preview, decision, layer2[decision.Service], bgp[decision.Service], isRunning) is { } lack) silent.Add(lack);
        }
        return new(
            controller, isRunning ? [.. Speaking(input, preview, moment)] : [], preview.Problems,
            preview.Problems.Count > 0 ? [] : [.. reports.ConfigurationStates.Where(s => s.ErrorSummary.Length > 0).Select(s => $"{s.Key.Name}: {s.ErrorSummary.Replace("\n", "; ", StringComparison.Ordinal)}")],
            [.. preview.Allocation.Pools], waiting, silent, [.. Down(preview, reports)]);
    }

    /// <summary>The moment that the Leases are judged at: their newest renewal, unless that is long ago.</summary>
    private static DateTimeOffset? MomentOf(ClusterReports reports, DateTimeOffset? now) =>
        now - OldPicture is { } late && !(reports.PictureTaken > late) ? late : reports.PictureTaken;

    private static ControllerStanding Leading(ClusterReports reports, DateTimeOffset? moment) => reports.Lead switch
    {
        null => new("no controller has led yet: there is no Lease lbspeaker-controller", false),
        { Holder: "" } => new("nobody leads: the Lease lbspeaker-controller was given back", false),
        { } lead when moment is { } at && lead.IsHeldAt(at - ClockSlack) => new($"{lead.Holder} leads{(lead.Since is { } since ? $" since {TextForm.Moment(since)}" : "")}", true),
        { } lead => new($"nobody leads: {lead.Holder} renewed its Lease last {(lead.Renewed is { } renewed ? $"at {TextForm.Moment(renewed)}" : "never")}", false),
    };

    private static IEnumerable<SpeakerStanding> Speaking(PreviewInput input, ClusterPreview preview, DateTimeOffset? moment)
    {
        ClusterReports reports = input.Contents.Reports;
        foreach (string node in preview.Snapshot.Nodes.Keys.Union(reports.Leases.Select(l => l.Node)).Order(StringComparer.Ordinal))
        {
            SpeakerLeaseRecord? lease = reports.Leases.FirstOrDefault(l => l.Node == node);
            NodeStateRecord? state = reports.NodeStates.FirstOrDefault(s => s.Report.Node == node);
            PartPod? pod = reports.Pods.FirstOrDefault(p => p.Component == "speaker" && p.Node == node);
            ConditionRecord? heartbeats = state?.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Heartbeats);
            bool? isAlive = reports.Leases.IsEmpty ? null : lease is { Holder: { Length: > 0 }, Renewed: { } renewed } && moment - renewed < lease.Duration + ClockSlack;
            string trouble = !preview.Snapshot.Nodes.ContainsKey(node) ? "its Node is gone"
                : isAlive == false ? $"{(lease is null ? "no speaker" : lease.Renewed is { } last ? $"its Lease was renewed last at {TextForm.Moment(last)}" : "its Lease was never renewed")}{(pod is { Trouble.Length: > 0 } ? $"; Pod {pod.Name}: {pod.Trouble}" : "")}"
                : pod is { Trouble.Length: > 0 } ? $"Pod {pod.Name}: {pod.Trouble}"
                : heartbeats is { Status: "False" } ? heartbeats.Message : "";
            yield return new(node, isAlive, heartbeats?.Reason ?? "", state?.Report.Maintenance ?? MaintenancePhase.None, pod?.Image ?? "", trouble);
        }
    }

    /// <summary>Null where it is announced, or where nobody could say whether it is.</summary>
    private static ServiceLack? Silence(ClusterPreview preview, ServiceDecision decision, IEnumerable<Layer2StatusView> layer2, IEnumerable<BgpStatusView> bgp, bool isRunning)
    {
        ServiceReport? report = ServiceReport.Of(decision, preview.Snapshot.Services[decision.Service], carriesConditions: false, preview.AnnouncementsOf(decision.Service), layer2, bgp);
        ConditionReport? announced = report?.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Announced);
        return announced is null or { Status: ConditionStatus.True } || announced.Status == ConditionStatus.Unknown && !isRunning ? null : new(decision.Service, announced.Reason, announced.Message);
    }

    private static IEnumerable<SessionDown> Down(ClusterPreview preview, ClusterReports reports) =>
        PeerSessions.Of(preview.Config, preview.Snapshot, reports.NodeStates.Select(s => s.Report)).OrderBy(p => p.Key)
            .SelectMany(p => p.Value.Sessions.Where(s => !s.IsUp).Select(s => new SessionDown(s.Node, p.Key.Name, s.State, s.Since, s.Message)));
}
