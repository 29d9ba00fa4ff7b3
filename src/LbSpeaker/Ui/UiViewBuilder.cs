using System.Globalization;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Preview;

namespace LbSpeaker.Ui;

/// <summary>Makes the page's data from facts: pure, and in the words of the conditions, the plan and <c>explain</c>.</summary>
internal sealed class UiViewBuilder
{
    /// <summary>How many of each the page is told at most; the rest is counted.</summary>
    public const int MostPools = 100, MostNodes = 100, MostAddresses = 600, MostSessions = 200, MostTroubled = 100, MostProblems = 100, MostReasons = 30, MostRanges = 4, MostNodesOfService = 3;

    private readonly UiFacts facts;
    private readonly Dictionary<string, (int Services, SortedDictionary<IpAddress, UiAddress> Owned)> loads = new(StringComparer.Ordinal);

    private UiViewBuilder(UiFacts facts)
    {
        this.facts = facts;
        Services = [.. facts.Reports.Values.Where(r => IsOurs(r.Report.Service)).OrderBy(r => r.Report.Service).Select(r => Service(r.Report, r.Silence))];
    }

    /// <summary>Every Service of ours, sorted by namespace and name.</summary>
    public IReadOnlyList<UiService> Services { get; }

    /// <returns>The view, and the Services that it is about.</returns>
    public static (UiView View, IReadOnlyList<UiService> Services) Of(string source, UiLook look)
    {
        if (look.Facts is not { } facts)
            return (new(source, look.Trouble, false, UiTotals.None, new([], 0), new([], 0), new([], 0), new([], 0), new([], 0), new([], 0), new([], 0)), []);
        UiViewBuilder builder = new(facts);
        return (builder.View(source, look.Trouble), builder.Services);
    }

    private UiView View(string source, string trouble)
    {
        UiService[] troubled = [.. Services.Where(s => IsTroubled(s.Standing)).OrderBy(s => s.Standing)];
        List<UiProblem> problems = Problems();
        UiSession[] sessions = [.. Sessions()];
        foreach (ObjectKey service in facts.Announcements.Services.Keys) Count(service);
        UiNode[] nodes = [.. Nodes()];
        return new(
            source, trouble, facts.IsPlan,
            new(Services.Count, Services.Count(s => !IsTroubled(s.Standing)), Count(UiStanding.Waiting), Count(UiStanding.Silent), Count(UiStanding.Pending) + Count(UiStanding.Incomplete),
                Services.SelectMany(s => s.Addresses.AsEnumerable()).Distinct(StringComparer.Ordinal).Count(),
                nodes.Length, nodes.Count(n => n.Standing == UiNodeStanding.Serving), sessions.Count(s => s.Node.Length > 0), sessions.Count(s => s.State == BgpSessionView.Established),
                problems.Count(p => !p.IsWarning)),
            UiList<UiPool>.First([.. facts.Allocation.Pools.Select(Pool)], MostPools),
            Most(nodes),
            UiList<UiSession>.First(sessions, MostSessions),
            UiList<UiReasonCount>.First([.. troubled.GroupBy(s => s.Reason).Select(r => new UiReasonCount(r.Key, r.Count())).OrderByDescending(r => r.Services).ThenBy(r => r.Reason, StringComparer.Ordinal)], MostReasons),
            UiList<UiService>.First(troubled, MostTroubled),
            UiList<UiProblem>.First(problems, MostProblems),
            new(facts.Moments, 0));
    }

    private int Count(UiStanding standing) => Services.Count(s => s.Standing == standing);

    private static bool IsTroubled(UiStanding standing) => standing is not (UiStanding.Announced or UiStanding.Planned);

    private bool IsOurs(ObjectKey service) => facts.Snapshot.Services.ContainsKey(service) && facts.Allocation.Services.GetValueOrDefault(service) is { Decision: not AllocationDecision.NotOurs };

    private UiService Service(ServiceReport report, Refusal? silence)
    {
        ServiceDecision decision = facts.Allocation.Services[report.Service];
        ServiceAnnouncements announcements = AnnouncementsOf(report.Service);
        ConditionReport? allocated = report.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Allocated), announced = report.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Announced);
        string[] nodes = [.. announcements.Layer2.Select(a => a.Node).Concat(announcements.Bgp.SelectMany(a => a.Nodes.AsEnumerable())).Distinct(StringComparer.Ordinal)];
        (UiStanding standing, string reason, string message, string advice) = StandingOf();
        return new(
            report.Service.Namespace, report.Service.Name, standing, report.Addresses.Select(a => a.ToString()).ToValueArray(), decision.Pools, UiList<string>.First(nodes, MostNodesOfService), reason, message, advice);

        (UiStanding, string, string, string) StandingOf()
        {
            if (decision.Reason is { } lacking && allocated is not null)
                return (report.Addresses.IsEmpty ? UiStanding.Pending : UiStanding.Incomplete, allocated.Reason, allocated.Message, Advice.On(lacking));
            if (report.Addresses.IsEmpty) return (UiStanding.Pending, allocated?.Reason ?? "", allocated?.Message ?? "", "");
            if (announced is { Status: ConditionStatus.False })
                return (UiStanding.Silent, announced.Reason, announced.Message, silence is null ? "" : Advice.On(silence));
            if (facts.IsPlan) return (UiStanding.Planned, "", "", "");
            if (!IsWritten(report))
                return (UiStanding.Waiting, decision.Decision.ToString(), $"{allocated?.Message}; its status does not say so yet", "wait a moment; does a controller run, and lead?");
            return announced is { Status: ConditionStatus.Unknown } ? (UiStanding.Waiting, announced.Reason, announced.Message, "wait a moment; does the speaker there run?") : (UiStanding.Announced, "", "", "");
        }
    }

    private bool IsWritten(ServiceReport report)
    {
        ValueArray<IngressView> ingress = facts.Snapshot.Services[report.Service].Ingress;
        if (ingress.Count != report.Addresses.Count) return false;
        for (int i = 0; i < ingress.Count; i++)
            if (!IpAddress.TryParse(ingress[i].Ip, out IpAddress held) || held != report.Addresses[i]) return false;
        return true;
    }

    private ServiceAnnouncements AnnouncementsOf(ObjectKey service) => facts.Announcements.Services.GetValueOrDefault(service) ?? ServiceAnnouncements.None;

    private UiPool Pool(PoolUsage usage)
    {
        CompiledPool pool = facts.Config.Pools.AsEnumerable().First(p => p.Key == usage.Key);
        ConfigVerdict? verdict = facts.Config.Verdicts.AsEnumerable().FirstOrDefault(v => v.Meta.Kind == ConfigKinds.Pool && v.Meta.Key == usage.Key);
        string why = verdict is null ? "" : string.Join("; ", usage.State == PoolState.Frozen ? verdict.Problems.Select(p => $"{p.Reason}: {p.Message}") : verdict.Warnings);
        List<UiPoolFamily> families = [];
        if (pool.Ranges.AsEnumerable().Any(r => r.Family == IpFamily.IPv4)) families.Add(Family("IPv4", usage.AssignedIPv4, usage.AvailableIPv4));
        if (pool.Ranges.AsEnumerable().Any(r => r.Family == IpFamily.IPv6)) families.Add(Family("IPv6", usage.AssignedIPv6, usage.AvailableIPv6));
        return new(
            usage.Key.Namespace, usage.Name, usage.State, why, pool.AutoAssign, UiList<string>.First([.. pool.Ranges.Select(r => r.First == r.Last ? r.First.ToString() : $"{r.First}-{r.Last}")], MostRanges),
            families.ToValueArray(), pool.Quarantined.Count, UiList<string>.First([.. usage.Excluded.Select(a => a.ToString())], MostRanges));
    }

    private static UiPoolFamily Family(string family, long used, long available)
    {
        double all = (double)used + available;
        int filled = all == 0 ? 0 : (int)Math.Round(1000 * used / all);
        // Neither empty nor full where it is not quite so.
        if (used > 0) filled = Math.Max(filled, 1);
        if (available > 0) filled = Math.Min(filled, 999);
        return new(family, Number(used), Number(available), filled);
    }

    private static string Number(long count) => count > 1L << 53 ? "over 9 × 10¹⁵" : count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Adds what a Service puts on the nodes.</summary>
    private void Count(ObjectKey service)
    {
        ServiceAnnouncements announcements = AnnouncementsOf(service);
        PresentOwner? recorded = facts.Snapshot.Owners.GetValueOrDefault(service);
        foreach (Layer2Announcement announcement in announcements.Layer2)
        {
            SortedDictionary<IpAddress, UiAddress> owned = LoadOf(announcement.Node).Owned;
            UiOwnership ownership = recorded is null ? UiOwnership.Claims : recorded.Node == announcement.Node ? UiOwnership.Owns : UiOwnership.TakesOver;
            UiAddress own = new(announcement.Address.ToString(), service.ToString(), 0, ownership, ownership == UiOwnership.TakesOver ? recorded!.Node : "");
            owned[announcement.Address] = !owned.TryGetValue(announcement.Address, out UiAddress? known) ? own
                : (string.CompareOrdinal(known.Service, own.Service) < 0 ? known : own) with { Sharers = known.Sharers + 1 };
        }
        if (announcements.Bgp.IsEmpty) return;
        HashSet<string> nodes = new(StringComparer.Ordinal);
        foreach (BgpAnnouncement announcement in announcements.Bgp) nodes.UnionWith(announcement.Nodes);
        foreach (string node in nodes) loads[node] = LoadOf(node) with { Services = LoadOf(node).Services + 1 };
    }

    private (int Services, SortedDictionary<IpAddress, UiAddress> Owned) LoadOf(string node) =>
        loads.TryGetValue(node, out (int, SortedDictionary<IpAddress, UiAddress>) load) ? load : loads[node] = (0, []);

    private IEnumerable<UiNode> Nodes()
    {
        int most = loads.Count == 0 ? 0 : loads.Values.Max(l => l.Owned.Count);
        int named = Math.Clamp(MostAddresses / Math.Max(1, facts.Snapshot.Nodes.Count), 4, 24);
        foreach (NodeView node in facts.Snapshot.Nodes.Values)
        {
            (int services, SortedDictionary<IpAddress, UiAddress> owned) = LoadOf(node.Name);
            NodeReport? told = facts.NodeStates.GetValueOrDefault(node.Name)?.Report;
            bool isHeard = facts.Snapshot.HasLiveSpeaker(node.Name);
            yield return new(
                node.Name, StandingOf(node, told, isHeard), NoteOn(node, isHeard), (told?.Interfaces ?? []).Select(i => i.Name).ToValueArray(), owned.Count, most == 0 ? 0 : 1000 * owned.Count / most,
                UiList<UiAddress>.First(owned.Values, named), services, told?.Sessions.Count ?? 0, isHeard ? told?.Sessions.Count(s => s.IsUp) ?? 0 : 0);
        }
    }

    private static UiNodeStanding StandingOf(NodeView node, NodeReport? told, bool isHeard) => (told?.Maintenance, node) switch
    {
        _ when !isHeard => UiNodeStanding.NoLiveSpeaker,
        (_, { NetworkUnavailable: true }) => UiNodeStanding.NodeNetworkUnavailable,
        (MaintenancePhase.Withdrawn, _) or (_, { Maintenance: MaintenancePhase.Withdrawn }) => UiNodeStanding.Withdrawn,
        (MaintenancePhase.Draining, _) or (_, { Maintenance: MaintenancePhase.Draining }) => UiNodeStanding.Draining,
        _ => UiNodeStanding.Serving,
    };

    private string NoteOn(NodeView node, bool isHeard)
    {
        List<string> notes = [];
        if (isHeard && facts.NodeStates.GetValueOrDefault(node.Name)?.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Heartbeats) is { Status: not nameof(ConditionStatus.True) } deaf)
            notes.Add($"{deaf.Type}: {deaf.Reason}: {deaf.Message}");
        if (node.Labels[NodeView.ExcludeLabel] is not null) notes.Add($"labelled {NodeView.ExcludeLabel}");
        return string.Join("; ", notes);
    }

    /// <summary>Those in trouble first where not all have room; by name.</summary>
    private static UiList<UiNode> Most(UiNode[] nodes) => new(
        nodes.OrderBy(n => n.Standing == UiNodeStanding.Serving).Take(MostNodes).OrderBy(n => n.Name, StringComparer.Ordinal).ToValueArray(), Math.Max(0, nodes.Length - MostNodes));

    /// <summary>Those without a session first.</summary>
    private IEnumerable<UiSession> Sessions()
    {
        Dictionary<ObjectKey, PeerSessions> told = PeerSessions.Of(facts.Config, facts.Snapshot, facts.NodeStates.Values.Select(s => s.Report));
        return facts.Config.BgpPeers.SelectMany(Each)
            .OrderBy(s => s.State switch { BgpSessionView.Established => 2, BgpSessionView.Down => 0, _ => 1 })
            .ThenBy(s => s.Peer, StringComparer.Ordinal).ThenBy(s => s.Node, StringComparer.Ordinal);

        IEnumerable<UiSession> Each(CompiledBgpPeer peer)
        {
            PeerSessions sessions = told.GetValueOrDefault(peer.Key) ?? PeerSessions.None;
            string router = peer.Settings.Address?.ToString() ?? $"on {peer.Settings.Interface}";
            if (sessions.Sessions.IsEmpty) return [new UiSession(peer.Settings.Name, router, "", facts.IsPlan ? nameof(UiStanding.Planned) : sessions.Condition.Reason, null, facts.IsPlan ? "" : sessions.Condition.Message, "")];
            return sessions.Sessions.Select(s => new UiSession(peer.Settings.Name, router, s.Node, s.State, s.Since == default ? null : s.Since, s.Message, s.Bfd));
        }
    }

    private List<UiProblem> Problems()
    {
        Dictionary<(string, ObjectKey), ConfigStanding> standings = facts.Config.Verdicts.GroupBy(v => (v.Meta.Kind, v.Meta.Key)).ToDictionary(v => v.Key, v => v.First().Standing);
        List<UiProblem> problems = [];
        foreach (Problem problem in facts.Config.Problems.Concat(facts.Allocation.Problems).Order())
            problems.Add(new(problem.Kind, problem.Key.Namespace, problem.Key.Name, false, standings.TryGetValue((problem.Kind, problem.Key), out ConfigStanding standing) ? standing.ToString() : "", problem.Reason.ToString(), problem.Message));
        foreach (ConfigVerdict verdict in facts.Config.Verdicts)
            foreach (string warning in verdict.Warnings) problems.Add(new(verdict.Meta.Kind, verdict.Meta.Key.Namespace, verdict.Meta.Key.Name, true, verdict.Standing.ToString(), ConditionReasons.ValidWithWarnings, warning));
        foreach (string warning in facts.Warnings) problems.Add(new("", "", "", true, "", "", warning));
        return problems;
    }
}
