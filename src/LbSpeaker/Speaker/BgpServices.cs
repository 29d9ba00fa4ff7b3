using LbSpeaker.Bgp;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Speaker;

/// <summary>
/// What this node says about each Service that it announces by BGP: to whom, and who has it on the wire. Kept up step by step: a change of routes touches the
/// Services of those routes.
/// </summary>
internal sealed class BgpServices(string node)
{
    private readonly Dictionary<ObjectKey, ValueArray<(string Peer, IpPrefix Prefix)>> routesOf = [];
    private readonly Dictionary<(string Peer, IpPrefix Prefix), HashSet<ObjectKey>> servicesOf = [];
    private readonly Gathered<ObjectKey> touched = new();
    private BgpReport sessions = BgpReport.Empty;

    public IEnumerable<ObjectKey> Announced => routesOf.Keys;

    public void Apply(BgpReport report)
    {
        foreach (string peer in sessions.Peers.Keys.Union(report.Peers.Keys))
            foreach (BgpRouteChange change in BgpRouteSet.Difference(OnWire(sessions, peer), OnWire(report, peer)))
                if (servicesOf.TryGetValue((peer, change.Prefix), out HashSet<ObjectKey>? services)) touched.UnionWith(services);
        sessions = report;
    }

    /// <param name="announcements">Null where the Service is gone.</param>
    public void Set(ObjectKey service, ServiceAnnouncements? announcements)
    {
        ValueArray<(string Peer, IpPrefix Prefix)> routes = announcements is null ? [] : announcements.Bgp.Where(a => a.Nodes.Contains(node)).Select(a => (a.Peer, a.Prefix)).Distinct().ToValueArray();
        ValueArray<(string Peer, IpPrefix Prefix)> before = routesOf.GetValueOrDefault(service);
        if (routes.IsEmpty && before.IsEmpty) return;
        touched.Add(service);
        if (routes == before) return;
        foreach ((string, IpPrefix) route in before)
            if (servicesOf[route] is { } others && others.Remove(service) && others.Count == 0) servicesOf.Remove(route);
        foreach ((string, IpPrefix) route in routes)
        {
            if (!servicesOf.TryGetValue(route, out HashSet<ObjectKey>? services)) servicesOf[route] = services = [];
            services.Add(service);
        }
        if (routes.IsEmpty) routesOf.Remove(service); else routesOf[service] = routes;
    }

    /// <summary>The Services of which something may have changed since the last call; null for those that are not announced here.</summary>
    public IReadOnlyDictionary<ObjectKey, BgpServiceReport?> Take() => touched.Take().ToDictionary(s => s, Of);

    private BgpServiceReport? Of(ObjectKey service)
    {
        if (!routesOf.TryGetValue(service, out ValueArray<(string Peer, IpPrefix Prefix)> routes)) return null;
        ILookup<string, IpPrefix> byPeer = routes.AsEnumerable().ToLookup(r => r.Peer, r => r.Prefix, StringComparer.Ordinal);
        string[] peers = [.. byPeer.Select(p => p.Key).Order(StringComparer.Ordinal)];
        return new([.. peers], peers.Where(p => byPeer[p].All(prefix => OnWire(sessions, p)[prefix] is not null)).ToValueArray());
    }

    private static BgpRouteSet OnWire(BgpReport report, string peer) => report.Peers.GetValueOrDefault(peer) is { IsUp: true } session ? session.OnWire : BgpRouteSet.Empty;
}
