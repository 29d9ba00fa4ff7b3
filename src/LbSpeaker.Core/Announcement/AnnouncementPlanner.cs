using System.Collections.Immutable;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

/// <summary>
/// Decides who announces which address. A function of configuration, snapshot and holdings; what it remembers of its last plan only saves
/// work: where the snapshot says what changed since then, only those Services and the ones that share addresses with them are looked at.
/// </summary>
/// <remarks>
/// Services that share an address are one unit with one owner, so that an address never has two. The candidates are those that all of them can use;
/// where there is none the older Service decides and the other is told why.
/// </remarks>
public sealed class AnnouncementPlanner(AnnouncementOptions options)
{
    /// <summary>What is found anew takes the place of what was there without a look at either: their reasons would be worked out to compare them, node by node.</summary>
    private static readonly ImmutableDictionary<ObjectKey, ServiceAnnouncements> NoServices =
        ImmutableDictionary.Create<ObjectKey, ServiceAnnouncements>(null, ReferenceEqualityComparer.Instance);

    private readonly Dictionary<ObjectKey, Layer2Verdict> verdicts = [];
    private readonly Dictionary<IpAddress, SortedSet<ObjectKey>> holders = [];
    private readonly OwnerBook owners = new();
    private readonly HeirBook? heirs = options.KnowsHeirs ? new() : null;
    private ImmutableDictionary<ObjectKey, ServiceAnnouncements> services = NoServices;
    private ImmutableSortedDictionary<IpAddress, Layer2Duty> own = Layer2Plan.Empty.Addresses;
    private ImmutableSortedDictionary<MacAddress, string> fellows = ImmutableSortedDictionary<MacAddress, string>.Empty;
    private Layer2Plan layer2 = Layer2Plan.Empty;
    private CompiledConfig? plannedConfig;
    private AdvertisementReach? reach;
    private BgpReach? bgpReach;
    private readonly Dictionary<ObjectKey, BgpVerdict> bgpVerdicts = [];
    private readonly BgpOwnRoutes? ownRoutes = options.Node is { } own ? new(own) : null;
    private SelectionBook? selection;
    private long plannedRevision = -1;

    /// <param name="holdingOf">What a Service holds: from its status in a speaker, from the allocation plan in a preview.</param>
    public AnnouncementPlan Plan(CompiledConfig config, ClusterSnapshot snapshot, Func<ServiceView, ServiceHolding> holdingOf)
    {
        bool incremental = reach is not null && ReferenceEquals(config, plannedConfig)
            && snapshot.Changes.BaseRevision == plannedRevision && !snapshot.Changes.Nodes;
        plannedConfig = config;
        plannedRevision = snapshot.Revision;
        if (!incremental)
        {
            verdicts.Clear();
            holders.Clear();
            owners.Clear();
            heirs?.Clear();
            services = NoServices;
            own = Layer2Plan.Empty.Addresses;
            reach = new AdvertisementReach(config, snapshot, options);
            bgpReach = new BgpReach(config, snapshot, options);
            bgpVerdicts.Clear();
            ownRoutes?.Clear();
            selection = options.Node is null ? new(config, verdicts, bgpVerdicts, holders) : null;
            fellows = options.Node is null ? ImmutableSortedDictionary<MacAddress, string>.Empty : snapshot.Hardware.RemoveRange(snapshot.Hardware.Where(h => h.Value == options.Node).Select(h => h.Key));
        }

        IEnumerable<ObjectKey> toJudge = incremental ? snapshot.Changes.Services : snapshot.Services.Keys;
        HashSet<IpAddress> touched = [];
        foreach (ObjectKey key in toJudge)
        {
            Forget(key, touched);
            if (snapshot.Services.GetValueOrDefault(key) is { } service) Judge(service, holdingOf(service), config, snapshot, touched);
        }
        ValueArray<ObjectKey> changed = Settle(touched, incremental ? snapshot.Changes.Services : [], snapshot);
        if (!incremental) heirs?.ForgetLost();
        heirs?.Rank();
        // The same object where nothing moved, so that nobody is woken for it.
        Layer2Plan next = new(own, fellows, options.Node ?? "") { IsCutOff = snapshot.IsCutOff };
        if (next != layer2) layer2 = next;
        return new(services, layer2, OwnSessions(config, snapshot), incremental ? changed : null) { Selected = selection?.Shown ?? SelectedAddresses.None };
    }

    /// <summary>What would have to move, as of the last plan, so that the nodes own evenly; nothing moves by itself.</summary>
    /// <param name="among">Only what one of these advertisements announces; null for all.</param>
    /// <returns>In the order in which it is to be done; of Services that share an address the first stands for all.</returns>
    public IReadOnlyList<OwnershipMove> Rebalance(Func<CompiledL2Advertisement, bool>? among = null) => [.. owners.Rebalance()
        .Where(m => among is null || verdicts[m.Unit].Advertisements.Any(i => among(plannedConfig!.L2Advertisements[i])))
        .Select(m => new OwnershipMove(m.Unit, verdicts[m.Unit].Addresses, m.From, m.To))];

    /// <summary>Grows with each plan that may make another heir of anything.</summary>
    public long HeirsVersion => heirs?.Version ?? 0;

    /// <summary><see cref="HeirOf"/> has no answers yet: of a large cluster it takes some plans, changes or not.</summary>
    public bool IsLearningHeirs => heirs is { IsReady: false };

    /// <summary>Who would announce the Service next at Layer 2, as of the last plan, if the speaker of its owner died now and every other owner stayed.</summary>
    /// <returns>Null where that is not known, or nobody owns it.</returns>
    public Heir? HeirOf(ObjectKey service)
    {
        if (heirs is null || !verdicts.TryGetValue(service, out Layer2Verdict? verdict)) return null;
        if (verdict.Addresses.AsEnumerable().All(a => holders[a].Count == 1)) return heirs.Of(service);
        List<Layer2Verdict> unit = UnitOf(service);
        ObjectKey first = unit[0].Service.Key;
        if (heirs.Of(first) is not { Node: not null } heir) return heirs.Of(first);
        // With whom it shares may be for nodes then that it cannot use.
        return SharedOwnership.Outcomes(Without(unit, owners.OwnerOf(first)!), heir.Node, reach!).First(o => o.Service == service).Outcome.Announcements.IsEmpty ? new(null) : heir;
    }

    private static List<Layer2Verdict> Without(List<Layer2Verdict> unit, string node) => [.. unit.Select(v => v.Without(node))];

    private void FollowHeir(HeirBook heirs, ObjectKey key, List<Layer2Verdict>? members, ClusterSnapshot snapshot)
    {
        if (owners.Find(key) is not { } found || owners.OwnerOf(key) is not { } owner)
        {
            heirs.Remove(key);
            return;
        }
        OwnedUnit unit = found with { Settled = null };
        members ??= UnitOf(key);
        bool keepsElectorate = members.Count == 1 && unit.Electorate.Count > 1 && members[0].Service.MoveTo is null;
        heirs.Set(unit, owner, keepsElectorate ? unit : SharedOwnership.Of(Without(members, owner), snapshot));
    }

    private BgpPlan OwnSessions(CompiledConfig config, ClusterSnapshot snapshot) =>
        ownRoutes is null || snapshot.Nodes.GetValueOrDefault(options.Node!) is not { } node ? BgpPlan.Empty
        : ownRoutes.Settle(config.BgpPeers.AsEnumerable().Where(p => p.NodeSelectors.AnyMatches(node.Labels)));

    private void Forget(ObjectKey key, HashSet<IpAddress> touched)
    {
        selection?.Count(key, -1);
        if (!verdicts.Remove(key, out Layer2Verdict? old)) return;
        bgpVerdicts.Remove(key);
        ownRoutes?.Forget(key);
        owners.Remove(key);
        foreach (IpAddress address in old.Addresses)
        {
            touched.Add(address);
            if (!holders.TryGetValue(address, out SortedSet<ObjectKey>? keys)) continue;
            keys.Remove(key);
            if (keys.Count == 0) holders.Remove(address);
        }
    }

    private void Judge(ServiceView service, ServiceHolding holding, CompiledConfig config, ClusterSnapshot snapshot, HashSet<IpAddress> touched)
    {
        if (holding.Addresses.IsEmpty) return;
        Layer2Verdict verdict = verdicts[service.Key] = Layer2Verdict.Of(service, holding, snapshot, config, reach!);
        BgpVerdict bgp = bgpVerdicts[service.Key] = BgpVerdict.Of(service, holding.Addresses, verdict.PoolOfAddress, snapshot, bgpReach!);
        ownRoutes?.Set(service, bgp.Announcements, snapshot.EndpointsOf(service.Key));
        foreach (IpAddress address in holding.Addresses)
        {
            touched.Add(address);
            if (!holders.TryGetValue(address, out SortedSet<ObjectKey>? keys)) holders[address] = keys = [];
            keys.Add(service.Key);
        }
        selection?.Count(service.Key, +1);
    }

    /// <summary>Finds the owner again of every unit that a touched address belongs to, and of those for which that makes a difference; brings the results up to date.</summary>
    private ValueArray<ObjectKey> Settle(HashSet<IpAddress> touched, IEnumerable<ObjectKey> looked, ClusterSnapshot snapshot)
    {
        ImmutableDictionary<ObjectKey, ServiceAnnouncements>.Builder results = services.ToBuilder();
        SortedSet<ObjectKey> changed = [.. looked];
        foreach (ObjectKey key in changed)
            if (!verdicts.ContainsKey(key)) results.Remove(key);

        Dictionary<ObjectKey, List<Layer2Verdict>> units = [];
        HashSet<ObjectKey> settled = [];
        foreach (IpAddress address in touched)
        {
            if (!holders.TryGetValue(address, out SortedSet<ObjectKey>? keys) || settled.Contains(keys.Min)) continue;
            List<Layer2Verdict> unit = UnitOf(keys.Min);
            ObjectKey first = unit[0].Service.Key;
            units[first] = unit;
            OwnedUnit? owned = SharedOwnership.Of(unit, snapshot);
            foreach (Layer2Verdict member in unit)
            {
                settled.Add(member.Service.Key);
                // It may have been a unit of its own, or one with candidates.
                if (owned is null || member.Service.Key != first) owners.Remove(member.Service.Key);
            }
            if (owned is not null) owners.Set(owned);
        }
        foreach (ObjectKey key in owners.Settle()) units.TryAdd(key, UnitOf(key));

        HashSet<IpAddress> addresses = [.. touched];
        foreach ((ObjectKey unit, List<Layer2Verdict> members) in units)
            foreach ((ObjectKey key, Layer2Outcome outcome) in SharedOwnership.Outcomes(members, owners.OwnerOf(unit), reach!))
            {
                changed.Add(key);
                addresses.UnionWith(verdicts[key].Addresses);
                results[key] = Combine(outcome, bgpVerdicts[key]);
            }
        services = results.ToImmutable();
        if (heirs is not null)
            foreach (ObjectKey key in changed) FollowHeir(heirs, key, units.GetValueOrDefault(key), snapshot);
        if (options.Node is { } node) own = OwnPart(node, addresses, snapshot);
        return changed.ToValueArray();
    }

    /// <summary>That no advertisement of one protocol selects a Service is no news where one of the other protocol does.</summary>
    private static ServiceAnnouncements Combine(Layer2Outcome layer2, BgpVerdict bgp) => new(
        layer2.Announcements, bgp.Announcements,
        new(layer2.IsNotAdvertised && !bgp.IsNotAdvertised ? static () => [] : layer2.Refusals, bgp.IsNotAdvertised && !layer2.IsNotAdvertised ? static () => [] : bgp.Refusals, layer2.PassedOver));

    /// <summary>All Services that hang together by shared addresses, from one of them; sorted by namespace and name.</summary>
    private List<Layer2Verdict> UnitOf(ObjectKey first)
    {
        SortedSet<ObjectKey> members = [first];
        Queue<ObjectKey> open = new([first]);
        while (open.TryDequeue(out ObjectKey key))
            foreach (IpAddress address in verdicts[key].Addresses)
                foreach (ObjectKey sharer in holders[address])
                    if (members.Add(sharer)) open.Enqueue(sharer);
        return [.. members.Select(key => verdicts[key])];
    }

    private ImmutableSortedDictionary<IpAddress, Layer2Duty> OwnPart(string node, HashSet<IpAddress> addresses, ClusterSnapshot snapshot)
    {
        ImmutableSortedDictionary<IpAddress, Layer2Duty>.Builder part = own.ToBuilder();
        foreach (IpAddress address in addresses)
            if (DutyOf(node, address, snapshot) is { } duty) part[address] = duty; else part.Remove(address);
        return part.ToImmutable();
    }

    /// <summary>What the node does about an address: with others that share it, on the interfaces of all of them.</summary>
    private Layer2Duty? DutyOf(string node, IpAddress address, ClusterSnapshot snapshot)
    {
        SortedSet<string> interfaces = new(StringComparer.Ordinal);
        bool all = false, owns = false, hasSuccessor = false, isOurs = false;
        string? recordedNode = null;
        void Take(ValueArray<string> wanted)
        {
            all |= wanted.IsEmpty;
            interfaces.UnionWith(wanted);
        }
        foreach (ObjectKey key in holders.GetValueOrDefault(address) ?? [])
        {
            if (snapshot.Owners.GetValueOrDefault(key) is { } recorded && recorded.Owns(address)) (recordedNode, isOurs) = (recordedNode ?? recorded.Node, isOurs || recorded.Node == node);
            foreach (Layer2Announcement announcement in services[key].Layer2)
            {
                if (announcement.Address != address) continue;
                hasSuccessor |= announcement.Node != node;
                owns |= announcement.Node == node;
                if (announcement.Node == node) Take(announcement.Interfaces);
            }
        }
        // Failover and restart find the address recorded and wait for nothing; one that nobody ever owned is asked for first.
        if (owns) return new(all ? [] : interfaces.ToValueArray(), recordedNode is null ? Layer2Role.Claim : Layer2Role.Own, recordedNode == node ? null : recordedNode);
        if (!isOurs || !hasSuccessor) return null;
        foreach (ObjectKey key in holders[address])
        {
            Layer2Verdict verdict = verdicts[key];
            for (int i = 0; i < verdict.Addresses.Count; i++)
                if (verdict.Addresses[i] == address && verdict.PoolOfAddress[i] is { } pool && snapshot.Nodes.ContainsKey(node) && reach!.Interfaces(verdict.Advertisements, pool, node) is { } wanted) Take(wanted);
        }
        return all || interfaces.Count > 0 ? new(all ? [] : interfaces.ToValueArray(), Layer2Role.HandOver) : null;
    }
}
