using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>
/// The condition lbspeaker.io/Announced: whether the nodes that are to announce a Service say that they do. With both protocols an address that one of them
/// announces is announced, and the message tells of both.
/// </summary>
internal static class AnnouncedReport
{
    /// <summary>What the nodes say of one protocol.</summary>
    /// <param name="Announced">The addresses that some node says it announces.</param>
    private sealed record Finding(ConditionStatus Status, string Reason, string Message, ValueArray<IpAddress> Planned, ValueArray<IpAddress> Announced);

    private const int NamedNodes = 8;

    public static ConditionReport Of(ValueArray<IpAddress> addresses, ServiceAnnouncements plan, IEnumerable<Layer2StatusView> layer2, IEnumerable<BgpStatusView> bgp)
    {
        if (addresses.IsEmpty) return new(ConditionTypes.Announced, ConditionStatus.False, ConditionReasons.NotAllocated, "there is no address to announce");
        if (plan.IsSilent)
        {
            ValueArray<Refusal> all = plan.Refusals;
            RefusalReason first = all.IsEmpty ? RefusalReason.NoMatchingAdvertisement : all[0].Reason;
            return new(ConditionTypes.Announced, ConditionStatus.False, first.ToString(), $"no node announces: {Words(all)}");
        }
        Finding? byLayer2 = plan.Layer2.IsEmpty ? null : OfLayer2(plan.Layer2, layer2), byBgp = plan.Bgp.IsEmpty ? null : OfBgp(plan.Bgp, bgp);
        if (byLayer2 is not null && byBgp is not null) return Together(byLayer2, byBgp);
        Finding only = (byLayer2 ?? byBgp)!;
        (ValueArray<Refusal> refusals, string name) = byBgp is null ? (plan.Reasons.Bgp, "bgp") : (plan.Reasons.Layer2, "layer2");
        return new(ConditionTypes.Announced, only.Status, only.Reason, refusals.IsEmpty ? only.Message : $"{only.Message}; no node announces by {name}: {Words(refusals)}");
    }

    /// <summary>
    /// What is said besides, behind the message, of an owner at Layer 2 that has spoken: who would be next, and which nodes that an advertisement reaches do not come into question.
    /// </summary>
    /// <param name="announced">What <see cref="Of"/> gave.</param>
    /// <param name="heir">Null where it is not known.</param>
    /// <returns>Empty where there is nothing to say; null where that is not known.</returns>
    public static string? Outlook(ConditionReport announced, ServiceAnnouncements plan, Heir? heir)
    {
        if (plan.Layer2.IsEmpty || announced.Reason == ConditionReasons.AwaitingSpeaker) return "";
        if (heir is not { Node: var next }) return null;
        ValueArray<Refusal> passedOver = plan.Reasons.PassedOver;
        string who = next is null ? "no other node could" : $"{next} would be next";
        return $"; {(plan.Bgp.IsEmpty ? "" : "by layer2 ")}{who}{(passedOver.IsEmpty ? "" : $"; passed over: {Words(passedOver)}")}";
    }

    private static ConditionReport Together(Finding layer2, Finding bgp)
    {
        string message = $"{layer2.Message}; {bgp.Message}";
        if (layer2.Planned.Concat(bgp.Planned).All(a => layer2.Announced.Contains(a) || bgp.Announced.Contains(a)))
            return new(ConditionTypes.Announced, ConditionStatus.True, ConditionReasons.Announced, message);
        // What is known to fail says more than what is still to come.
        Finding worse = layer2.Status == ConditionStatus.False || bgp.Status == ConditionStatus.True ? layer2 : bgp;
        return new(ConditionTypes.Announced, worse.Status, worse.Reason, message);
    }

    private static Finding OfLayer2(ValueArray<Layer2Announcement> plan, IEnumerable<Layer2StatusView> observed)
    {
        string owner = plan[0].Node;
        ValueArray<IpAddress> planned = plan.Select(a => a.Address).Distinct().ToValueArray();
        if (observed.FirstOrDefault(s => s.Node == owner) is not { } said)
            return new(ConditionStatus.Unknown, ConditionReasons.AwaitingSpeaker, $"node {owner} is to announce by layer2 and has not said so yet", planned, []);
        if (said.NotAnnounced.IsEmpty) return new(ConditionStatus.True, ConditionReasons.Announced, $"layer2 from node {owner}{(said.Since is { } since ? $" since {since.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}" : "")}", planned, planned);
        string reason = Enum.TryParse(said.NotAnnounced[0].Reason, out NotAnnouncedReason known) ? known.ToString() : ConditionReasons.NotAnnounced;
        return new(
            ConditionStatus.False, reason, $"node {owner} is to announce and does not: {string.Join("; ", said.NotAnnounced.Select(n => $"{n.Address}: {n.Message}"))}", planned,
            planned.Where(a => !said.NotAnnounced.Any(n => IpAddress.TryParse(n.Address, out IpAddress failed) && failed == a)).ToValueArray());
    }

    private static Finding OfBgp(ValueArray<BgpAnnouncement> plan, IEnumerable<BgpStatusView> observed)
    {
        Dictionary<string, HashSet<string>> onWire = observed.GroupBy(s => s.Node, StringComparer.Ordinal)
            .ToDictionary(s => s.Key, s => s.SelectMany(v => v.OnWire).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        HashSet<string> planned = new(StringComparer.Ordinal), nodes = new(StringComparer.Ordinal), peers = new(StringComparer.Ordinal);
        HashSet<IpAddress> announced = [];
        foreach (BgpAnnouncement announcement in plan)
            foreach (string node in announcement.Nodes)
            {
                planned.Add(node);
                if (!onWire.TryGetValue(node, out HashSet<string>? told) || !told.Contains(announcement.Peer)) continue;
                nodes.Add(node);
                peers.Add(announcement.Peer);
                announced.Add(announcement.Address);
            }
        ValueArray<IpAddress> addresses = plan.Select(a => a.Address).Distinct().ToValueArray();
        if (announced.Count == 0)
            return new(ConditionStatus.Unknown, ConditionReasons.AwaitingSpeaker,
                $"bgp from {Counted(planned.Count, "node")} to {Counted(plan.Select(a => a.Peer).Distinct().Count(), "peer")} is planned and no node has said so yet", addresses, []);
        string from = nodes.Count == planned.Count ? Counted(nodes.Count, "node") : $"{nodes.Count} of {Counted(planned.Count, "node")}";
        string message = $"bgp from {from} to {Counted(peers.Count, "peer")}";
        ValueArray<IpAddress> missing = addresses.Where(a => !announced.Contains(a)).ToValueArray();
        return missing.IsEmpty
            ? new(ConditionStatus.True, ConditionReasons.Announced, message, addresses, addresses)
            : new(ConditionStatus.Unknown, ConditionReasons.AwaitingSpeaker, $"{message}, and not yet of {ServiceReport.List(missing)}", addresses, announced.ToValueArray());
    }

    private static string Counted(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    /// <summary>Node by node, and where they are many by reason: a message is for people, and has an end.</summary>
    private static string Words(ValueArray<Refusal> refusals) => refusals.Count <= NamedNodes
        ? string.Join("; ", refusals.Select(r => r.Node is null ? Words(r) : $"{r.Node}: {r.Reason}").Distinct())
        : string.Join("; ", refusals.GroupBy(r => r.Node is null ? Words(r) : r.Reason.ToString()).Select(g => g.Count(r => r.Node is not null) switch
        {
            0 => g.Key,
            1 => $"{g.First().Node}: {g.Key}",
            var nodes => $"{nodes} nodes: {g.Key}",
        }));

    private static string Words(Refusal refusal) => refusal.Reason switch
    {
        RefusalReason.NoMatchingAdvertisement when refusal.Protocol == AnnouncementProtocol.Bgp => "no BGPAdvertisement selects the pool, the Service and a node",
        RefusalReason.NoMatchingAdvertisement => "no L2Advertisement selects the pool, the Service and a node",
        RefusalReason.NoEndpoints => "no endpoint of the Service can serve",
        RefusalReason.AddressNotInPool => "no pool covers the address",
        _ => refusal.Reason.ToString(),
    };
}
