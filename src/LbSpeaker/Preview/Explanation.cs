using System.Text;
using System.Text.Json;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Preview;

/// <summary>
/// The whole chain of one Service in words: what it wants, what it gets and from where or why not, pool by pool; which advertisements reach
/// which nodes; node by node, who announces and who is silent, why, and what to change.
/// </summary>
internal sealed class Explanation
{
    /// <param name="ToChange">Null where there is nothing to change about it.</param>
    private sealed record Part(string Name, string Says, string? ToChange = null);

    private readonly StringBuilder text = new();
    private readonly PreviewInput input;
    private readonly ClusterPreview preview;
    private readonly ServiceView service;
    private readonly ServiceDecision decision;
    private readonly ServiceAnnouncements announcements;

    /// <param name="input">What <paramref name="preview"/> was made from, with what nodes say.</param>
    public Explanation(PreviewInput input, ClusterPreview preview, ServiceView service)
    {
        this.input = input;
        this.preview = preview;
        this.service = service;
        decision = preview.Allocation.Services[service.Key];
        announcements = preview.AnnouncementsOf(service.Key);
    }

    /// <summary>It has all that it asks for, and is announced.</summary>
    public static bool IsWell(ClusterPreview preview, ObjectKey service) =>
        preview.Allocation.Services[service] is { Reason: null, Addresses.IsEmpty: false } && preview.Announcements.Services.GetValueOrDefault(service) is { IsSilent: false };

    public string Text()
    {
        text.Clear();
        Line($"Service {service.Key}");
        WriteWish();
        WriteDecision();
        if (decision.Decision == AllocationDecision.NotOurs) return text.ToString();
        WritePools();
        if (!decision.Addresses.IsEmpty)
        {
            WriteAdvertisements();
            WriteNodes();
        }
        Problem[] problems = [.. Problems];
        if (problems.Length > 0) Line("Problems");
        foreach (Problem problem in problems) Line($"  {problem.Kind} {problem.Key}: {problem.Reason}: {problem.Message}; to change: {Advice.On(problem.Reason)}");
        return text.ToString();
    }

    /// <summary>The same for a program: one object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        PlanJson.Write(json, decision, preview);
        json.WriteString("toChange", decision.Reason is { } reason ? Advice.On(reason) : null);
        Write("poolVerdicts", Pools);
        Write("advertisements", decision.Addresses.IsEmpty ? [] : Advertisements);
        Write("silentNodes", announcements.Refusals.Select(Silent));
        Write("onTheWire", OnTheWire);
        json.WriteString("owner", announcements.Layer2.IsEmpty ? null : announcements.Layer2[0].Node);
        json.WriteString("nextOwner", announcements.Layer2.IsEmpty ? null : NextAfter(announcements.Layer2[0].Node));
        PlanJson.WriteProblems(json, Problems);
        json.WriteEndObject();

        void Write(string name, IEnumerable<Part> parts) => json.Objects(name, parts, part =>
        {
            json.WriteString("name", part.Name);
            json.WriteString("says", part.Says);
            json.WriteString("toChange", part.ToChange);
        });
    }

    private IEnumerable<Problem> Problems => preview.Problems.Where(p => p.Kind != "Service" || p.Key == service.Key);

    private void WriteWish()
    {
        Line($"  holds      {(service.Ingress.IsEmpty ? "nothing" : string.Join(", ", service.Ingress.Select(i => i.Ip ?? i.Hostname ?? "an empty entry")))}");
        if (!service.IsLoadBalancer) return;
        Line($"  families   {Listed(service.ClusterIPs.Select(c => IpAddress.TryParse(c, out IpAddress ip) ? ip.Family.ToString() : c))}{(service.FamilyPolicy is { } policy ? $" ({policy})" : "")}");
        if (service.LoadBalancerIP is { } requested) Line($"  asks for   {requested} (spec.loadBalancerIP)");
        foreach (string suffix in (string[])[ServiceAnnotations.LoadBalancerIPs, ServiceAnnotations.AddressPool, ServiceAnnotations.AllowSharedIP])
            if (ServiceAnnotations.Read(service.Annotations, suffix) is { } value) Line($"  asks for   {suffix}: {value}");
        if (service.Claim is { } claim) Line($"  asks for   what the IPClaim {claim} holds: {About(preview.Allocation.Claims.GetValueOrDefault(claim))}");
        ServiceEndpoints endpoints = preview.Snapshot.EndpointsOf(service.Key);
        Line($"  endpoints  {(!endpoints.AnyServing ? "none can serve" : endpoints.ServingNodes.IsEmpty ? "serving, on no known node" : $"serving on {string.Join(", ", endpoints.ServingNodes.AsEnumerable())}")}{(service.LocalTraffic ? " (externalTrafficPolicy Local)" : "")}");
    }

    private void WriteDecision()
    {
        Line($"Address: {decision.Decision}{(decision.Addresses.IsEmpty ? "" : $" {Listed(decision.Addresses)} from {Listed(decision.Pools)}")}");
        if (decision.Decision == AllocationDecision.NotOurs)
            Line($"  it is {(service.IsLoadBalancer ? $"of {(string.IsNullOrEmpty(service.LoadBalancerClass) ? "no class" : $"the class {service.LoadBalancerClass}")}, which is not served here (--lb-class)" : "not of type LoadBalancer")}");
        if (decision.ReleaseReason is { } lost && lost != decision.Reason) Line($"  what it held is given up: {lost}; {Advice.On(lost)}");
        if (decision.Reason is not { } reason) return;
        Line($"  {reason}: {decision.Message}");
        Line($"  to change: {Advice.On(reason)}");
    }

    private void WritePools()
    {
        Line("Pools");
        if (preview.Config.Pools.IsEmpty) Line("  none");
        foreach (Part pool in Pools) Line($"  {pool.Name}  {pool.Says}{(!IsForWantOfAPool || pool.ToChange is null ? "" : $"; to change: {pool.ToChange}")}");
    }

    /// <summary>Another pool, or a change of one, would help.</summary>
    private bool IsForWantOfAPool => decision.Reason is AllocationReason.NoAvailableIPs or AllocationReason.SecondFamilyUnavailable or AllocationReason.PoolNotAllowed or AllocationReason.PoolFrozen;

    private IEnumerable<Part> Pools => preview.Config.Pools.Select(pool => About(pool, preview.Allocation.Pools.Single(u => u.Key == pool.Key)));

    private Part About(CompiledPool pool, PoolUsage usage)
    {
        string name = pool.Key.ToString();
        // One pool is that of all addresses, two stand in their order. Of two pools of one name it is the one that has the address.
        bool isAlone = preview.Config.Pools.AsEnumerable().Count(p => p.Name == pool.Name) == 1;
        IpAddress[] given = [.. decision.Addresses.Where((address, at) => decision.Pools[decision.Pools.Count == 1 ? 0 : at] == pool.Name && (isAlone || pool.Covers(address)))];
        if (given.Length > 0) return new(name, $"gives {Listed(given)}");
        if (pool.State == PoolState.Frozen) return new(name, "frozen: gives nothing new, its problems are named below", "correct the pool");
        if (pool.Namespaces is { } names && !names.Contains(service.Key.Namespace))
            return new(
                name, $"serves {(names.IsEmpty ? "no namespace" : $"the namespaces {string.Join(", ", names.AsEnumerable())}")}, and this Service is in {service.Key.Namespace}",
                $"let serviceAllocation of the pool select the namespace {service.Key.Namespace}");
        if (!pool.ServiceSelectors.AnyMatches(service.Labels)) return new(name, $"no service selector matches {Labels()}", "label the Service so that serviceAllocation.serviceSelectors of the pool match, or widen those");
        if (pool.Quota?.LimitOf(service.Key.Namespace) is { } limit && UsedOf(pool) is var used && used >= limit)
            return new(name, $"the quota of the namespace {service.Key.Namespace} is used up: {used}/{limit}", "delete Services or IPClaims of the namespace, or let it have more (spec.quota of the pool)");
        string left = $"IPv4 {Left(pool, IpFamily.IPv4, usage.AssignedIPv4, usage.AvailableIPv4)}, IPv6 {Left(pool, IpFamily.IPv6, usage.AssignedIPv6, usage.AvailableIPv6)}";
        return pool.AutoAssign
            ? new(name, left, Lacking(usage) is { Count: > 0 } lacking ? $"give it more {Listed(lacking)}, or free some" : null)
            : new(name, $"{left}; autoAssign off: gives on request only ({ServiceAnnotations.Key(ServiceAnnotations.AddressPool)}: {pool.Name})", "annotate the Service with that, or set autoAssign");
    }

    /// <summary>The families that the Service still wants and that the pool has no address of to give.</summary>
    private List<IpFamily> Lacking(PoolUsage usage) =>
        [.. service.ClusterIPs.SelectMany(c => IpAddress.TryParse(c, out IpAddress ip) ? [ip.Family] : Array.Empty<IpFamily>()).Distinct()
            .Where(f => !decision.Addresses.Any(a => a.Family == f) && (f == IpFamily.IPv4 ? usage.AvailableIPv4 : usage.AvailableIPv6) == 0)];

    private static string About(ClaimDecision? claim) =>
        claim is null ? "there is none" : claim.Addresses.IsEmpty ? $"nothing: {claim.Reason}: {claim.Message}" : $"{Listed(claim.Addresses)}, named by {Listed(claim.UsedBy)}";

    /// <summary>How many of its addresses the Service's namespace has; a shared one counts once.</summary>
    private int UsedOf(CompiledPool pool) =>
        preview.Allocation.Services.Values.Where(d => d.Service.Namespace == service.Key.Namespace && d.Pools.Contains(pool.Name)).SelectMany(d => d.Addresses)
            .Concat(preview.Allocation.Claims.Values.Where(d => d.Claim.Namespace == service.Key.Namespace && d.Pools.Contains(pool.Name)).SelectMany(d => d.Addresses))
            .Where(pool.Covers).Distinct().Count();

    private static string Left(CompiledPool pool, IpFamily family, long assigned, long available) =>
        !pool.Ranges.AsEnumerable().Any(r => r.Family == family) ? "none" : available == 0 ? $"exhausted ({assigned} given)" : $"{available} left";

    private void WriteAdvertisements()
    {
        Line("Advertisements");
        ConfigVerdict[] verdicts = [.. AdvertisementVerdicts];
        if (verdicts.Length == 0) Line("  none");
        foreach (ConfigVerdict verdict in verdicts) Line($"  {(verdict.Meta.Kind == ConfigKinds.L2Advertisement ? "layer2" : "bgp   ")}  {verdict.Meta.Key}  {About(verdict)}");
    }

    private IEnumerable<ConfigVerdict> AdvertisementVerdicts => preview.Config.Verdicts.Where(v => v.Meta.Kind is ConfigKinds.L2Advertisement or ConfigKinds.BgpAdvertisement);

    private IEnumerable<Part> Advertisements => AdvertisementVerdicts.Select(v => new Part($"{v.Meta.Kind} {v.Meta.Key}", About(v)));

    private string About(ConfigVerdict verdict)
    {
        if (verdict.Standing == ConfigStanding.LeftOut) return "at fault and left out, its problems are named below";
        CompiledAdvertisement advertisement = preview.Config.L2Advertisements.Concat<CompiledAdvertisement>(preview.Config.BgpAdvertisements)
            .Single(a => a is CompiledL2Advertisement == (verdict.Meta.Kind == ConfigKinds.L2Advertisement) && a.Key == verdict.Meta.Key);
        string[] pools = [.. decision.Pools.Where(advertisement.Pools.Contains)];
        if (advertisement.Pools.IsEmpty) return "selects no pool";
        if (pools.Length == 0) return $"selects {Listed(advertisement.Pools)}, not {Listed(decision.Pools)}";
        if (!advertisement.ServiceSelectors.AnyMatches(service.Labels)) return $"no service selector matches {Labels()}";
        string[] nodes = [.. preview.Snapshot.Nodes.Values.Where(n => advertisement.NodeSelectors.AnyMatches(n.Labels)).Select(n => n.Name)];
        if (nodes.Length == 0) return preview.Snapshot.Nodes.IsEmpty ? "there is no Node" : "its nodeSelectors match no node";
        string form = verdict.Standing == ConfigStanding.LastValid ? "at fault, in its last valid form: " : "";
        return $"{form}announces {Listed(pools)} from {Listed(nodes)}{Where(advertisement)}";
    }

    private static string Where(CompiledAdvertisement advertisement) => advertisement switch
    {
        CompiledL2Advertisement { Interfaces.IsEmpty: false } l2 => $" on {Listed(l2.Interfaces)}",
        CompiledBgpAdvertisement { Peers.IsEmpty: false } bgp => $" to {Listed(bgp.Peers)}",
        CompiledBgpAdvertisement => " to every BGPPeer of theirs",
        _ => "",
    };

    private void WriteNodes()
    {
        Line("Nodes");
        foreach (AnnouncementEntry entry in AnnouncementEntry.All(announcements)) Line($"  {entry.Node}  announces {About(entry)}");
        if (!announcements.Layer2.IsEmpty) WriteOwner(announcements.Layer2[0].Node);
        foreach (Part silent in announcements.Refusals.Select(Silent)) Line($"  {silent.Name}  {silent.Says}: {silent.ToChange}");
        Part[] wire = [.. OnTheWire];
        if (wire.Length > 0) Line("What nodes say");
        foreach (Part said in wire) Line($"  {said.Name}  {said.Says}{(said.ToChange is null ? "" : $"; to change: {said.ToChange}")}");
    }

    private static Part Silent(Refusal refusal) =>
        new(refusal.Node ?? "every node", $"silent{(refusal.Protocol == AnnouncementProtocol.Bgp ? " by bgp" : "")}: {refusal.Reason}", Advice.On(refusal));

    /// <summary>What came of the plan: addresses that their owner cannot announce, and router by router the session and whether it was told.</summary>
    private IEnumerable<Part> OnTheWire
    {
        get
        {
            foreach (Layer2StatusView said in input.Contents.Layer2Statuses.Where(s => s.Service == service.Key))
                foreach (NotAnnouncedView failed in said.NotAnnounced.AsEnumerable())
                    yield return new(said.Node, $"does not announce {failed.Address}: {failed.Reason}: {failed.Message}", Enum.TryParse(failed.Reason, out NotAnnouncedReason known) ? Advice.On(known) : null);
            foreach ((string node, string peer) in announcements.Bgp.SelectMany(a => a.Nodes.Select(n => (n, a.Peer))).Distinct().Order())
                if (input.Contents.Reports.NodeStates.FirstOrDefault(s => s.Report.Node == node) is { } state) yield return Session(node, peer, state.Report);
        }
    }

    private Part Session(string node, string peer, NodeReport report)
    {
        bool isTold = input.Contents.Reports.BgpStatuses.Any(s => s.Service == service.Key && s.Node == node && s.OnWire.Contains(peer));
        if (report.Sessions.FirstOrDefault(s => s.Peer == peer) is not { } session) return new(node, $"says nothing of a session with {peer}", $"look at the speaker's pod on {node}");
        return session.IsUp
            ? new(node, $"session with {peer} ({session.Router}) up since {TextForm.Moment(session.Since)}, {(isTold ? "told" : "not told yet")}")
            : new(node, $"session with {peer} ({session.Router}) down since {TextForm.Moment(session.Since)}{(session.Trouble.Length > 0 ? $": {session.Trouble}" : "")}", Advice.OnSessionDown);
    }

    /// <summary>Who owns, since when, and who would if that node died now.</summary>
    private void WriteOwner(string owner)
    {
        PresentOwner? recorded = preview.Snapshot.Owners.GetValueOrDefault(service.Key);
        string standing = recorded is null ? "to be its first owner"
            : recorded.Node != owner ? $"takes over from {recorded.Node}"
            : recorded.Since is { } since ? $"owns since {TextForm.Moment(since)}" : "owns";
        Line($"  {owner}  {standing}; {(NextAfter(owner) is { } next ? $"{next} would be next" : "no other node could")}");
    }

    private string? NextAfter(string owner) => preview.WithoutSpeakerOf(owner).AnnouncementsOf(service.Key) is { Layer2: [{ Node: var node }, ..] } ? node : null;

    private static string About(AnnouncementEntry entry)
    {
        if (entry.Protocol == AnnouncementProtocol.Layer2) return $"{entry.Address} on {(entry.Interfaces.IsEmpty ? "every interface" : Listed(entry.Interfaces))}";
        string attributes = (entry.LocalPref == 0 ? "" : $", localPref {entry.LocalPref}") + (entry.Communities.IsEmpty ? "" : $", communities {Listed(entry.Communities)}");
        return $"{entry.Address} as {entry.Prefix} to {entry.Peer}{attributes}";
    }

    private string Labels() => service.Labels.Count == 0 ? "a Service without labels" : $"the labels {service.Labels}";

    private static string Listed<T>(IEnumerable<T> items) => string.Join(", ", items) is { Length: > 0 } list ? list : "none";

    private void Line(string line) => text.Append(line).Append('\n');
}
