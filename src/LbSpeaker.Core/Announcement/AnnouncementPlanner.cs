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
    private readonly Dictionary<ObjectKey, Layer2Verdict> verdicts = [];
    private readonly Dictionary<IpAddress, SortedSet<ObjectKey>> holders = [];
    private ImmutableDictionary<ObjectKey, ServiceAnnouncements> services = ImmutableDictionary<ObjectKey, ServiceAnnouncements>.Empty;
    private ImmutableSortedDictionary<IpAddress, Layer2Duty> own = Layer2Plan.Empty.Addresses;
    private CompiledConfig? plannedConfig;
    private AdvertisementReach? reach;
    private BgpReach? bgpReach;
    private readonly Dictionary<ObjectKey, BgpVerdict> bgpVerdicts = [];
    private readonly BgpOwnRoutes? ownRoutes = options.Node is { } own ? new(own) : null;
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
            services = ImmutableDictionary<ObjectKey, ServiceAnnouncements>.Empty;
            own = Layer2Plan.Empty.Addresses;
            reach = new AdvertisementReach(config, snapshot, options);
            bgpReach = new BgpReach(config, snapshot, options);
            bgpVerdicts.Clear();
            ownRoutes?.Clear();
        }

        IEnumerable<ObjectKey> toJudge = incremental ? snapshot.Changes.Services : snapshot.Services.Keys;
        HashSet<IpAddress> touched = [];
        foreach (ObjectKey key in toJudge)
        {
            Forget(key, touched);
            if (snapshot.Services.GetValueOrDefault(key) is { } service) Judge(service, holdingOf(service), config, snapshot, touched);
        }
        ValueArray<ObjectKey> changed = Settle(touched, incremental ? snapshot.Changes.Services : []);
        return new(services, new(own, ImmutableSortedDictionary<MacAddress, string>.Empty, options.Node ?? ""), OwnSessions(config, snapshot), incremental ? changed : null);
    }

    private BgpPlan OwnSessions(CompiledConfig config, ClusterSnapshot snapshot) =>
        ownRoutes is null || snapshot.Nodes.GetValueOrDefault(options.Node!) is not { } node ? BgpPlan.Empty
        : ownRoutes.Settle(config.BgpPeers.AsEnumerable().Where(p => p.NodeSelectors.AnyMatches(node.Labels)));

    private void Forget(ObjectKey key, HashSet<IpAddress> touched)
    {
        if (!verdicts.Remove(key, out Layer2Verdict? old)) return;
        bgpVerdicts.Remove(key);
        ownRoutes?.Forget(key);
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
    }

    /// <summary>Elects again for every unit that a touched address belongs to, and brings the results up to date.</summary>
    private ValueArray<ObjectKey> Settle(HashSet<IpAddress> touched, IEnumerable<ObjectKey> looked)
    {
        ImmutableDictionary<ObjectKey, ServiceAnnouncements>.Builder results = services.ToBuilder();
        SortedSet<ObjectKey> changed = [.. looked];
        foreach (ObjectKey key in changed)
            if (!verdicts.ContainsKey(key)) results.Remove(key);

        HashSet<ObjectKey> settled = [];
        HashSet<IpAddress> addresses = [.. touched];
        foreach (IpAddress address in touched)
        {
            if (!holders.TryGetValue(address, out SortedSet<ObjectKey>? keys) || settled.Contains(keys.Min)) continue;
            List<Layer2Verdict> unit = UnitOf(keys.Min, addresses);
            foreach ((ObjectKey key, Layer2Outcome outcome) in SharedOwnership.Decide(unit, reach!))
            {
                settled.Add(key);
                changed.Add(key);
                results[key] = Combine(outcome, bgpVerdicts[key]);
            }
        }
        services = results.ToImmutable();
        if (options.Node is { } node) own = OwnPart(node, addresses);
        return changed.ToValueArray();
    }

    /// <summary>That no advertisement of one protocol selects a Service is no news where one of the other protocol does.</summary>
    private static ServiceAnnouncements Combine(Layer2Outcome layer2, BgpVerdict bgp)
    {
        bool noLayer2 = IsNotAdvertised(layer2.Refusals), noBgp = bgp == BgpVerdict.Nothing || IsNotAdvertised(bgp.Refusals);
        IEnumerable<Refusal> refusals = noLayer2 && !noBgp ? bgp.Refusals : noBgp && !noLayer2 ? layer2.Refusals : layer2.Refusals.AsEnumerable().Concat(bgp.Refusals);
        return new(layer2.Announcements, bgp.Announcements, refusals.ToValueArray());
    }

    private static bool IsNotAdvertised(ValueArray<Refusal> refusals) => refusals is [{ Node: null, Reason: RefusalReason.NoMatchingAdvertisement }];

    /// <summary>All Services that hang together by shared addresses, from one of them.</summary>
    private List<Layer2Verdict> UnitOf(ObjectKey first, HashSet<IpAddress> addresses)
    {
        SortedSet<ObjectKey> members = [first];
        Queue<ObjectKey> open = new([first]);
        while (open.TryDequeue(out ObjectKey key))
            foreach (IpAddress address in verdicts[key].Addresses)
            {
                addresses.Add(address);
                foreach (ObjectKey sharer in holders[address])
                    if (members.Add(sharer)) open.Enqueue(sharer);
            }
        return [.. members.Select(key => verdicts[key])];
    }

    private ImmutableSortedDictionary<IpAddress, Layer2Duty> OwnPart(string node, HashSet<IpAddress> addresses)
    {
        ImmutableSortedDictionary<IpAddress, Layer2Duty>.Builder part = own.ToBuilder();
        foreach (IpAddress address in addresses)
        {
            SortedSet<string>? interfaces = null;
            bool all = false;
            foreach (ObjectKey key in holders.GetValueOrDefault(address) ?? [])
                foreach (Layer2Announcement announcement in services[key].Layer2)
                {
                    if (announcement.Node != node || announcement.Address != address) continue;
                    all |= announcement.Interfaces.IsEmpty;
                    (interfaces ??= new(StringComparer.Ordinal)).UnionWith(announcement.Interfaces);
                }
            if (interfaces is null) part.Remove(address); else part[address] = new(all ? [] : interfaces.ToValueArray());
        }
        return part.ToImmutable();
    }
}
