using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement.Bgp;

/// <summary>
/// The routes of one node, gathered from the Services: a prefix that several announce stands once, and goes with the last of them. Of attributes that differ the
/// oldest Service's stand; communities are united, weights added.
/// </summary>
internal sealed class BgpOwnRoutes(string node)
{
    private readonly record struct Share(ObjectKey Service, Age Age, BgpRouteAttributes Attributes);

    private readonly Dictionary<(string Peer, IpPrefix Prefix), List<Share>> shares = [];
    private readonly Dictionary<ObjectKey, (string Peer, IpPrefix Prefix)[]> routesOf = [];
    private readonly HashSet<(string Peer, IpPrefix Prefix)> touched = [];
    private readonly Dictionary<string, BgpRouteSet> routes = new(StringComparer.Ordinal);
    private BgpPlan? settled;

    public void Clear()
    {
        shares.Clear();
        routesOf.Clear();
        touched.Clear();
        routes.Clear();
        settled = null;
    }

    public void Set(ServiceView service, ValueArray<BgpAnnouncement> announcements, ServiceEndpoints endpoints)
    {
        Forget(service.Key);
        List<(string Peer, IpPrefix Prefix)> own = [];
        foreach (BgpAnnouncement announcement in announcements)
        {
            if (!announcement.Nodes.Contains(node)) continue;
            (string Peer, IpPrefix Prefix) key = (announcement.Peer, announcement.Prefix);
            // Both addresses of a Service may lie in one aggregate.
            if (own.Contains(key)) continue;
            own.Add(key);
            touched.Add(key);
            if (!shares.TryGetValue(key, out List<Share>? all)) shares[key] = all = new(1);
            all.Add(new(service.Key, service.Age, announcement.IsWeighted ? announcement.Attributes with { Weight = endpoints.CountOn(node) } : announcement.Attributes));
        }
        if (own.Count > 0) routesOf[service.Key] = [.. own];
    }

    public void Forget(ObjectKey service)
    {
        if (!routesOf.Remove(service, out (string Peer, IpPrefix Prefix)[]? own)) return;
        foreach ((string Peer, IpPrefix Prefix) key in own)
        {
            touched.Add(key);
            List<Share> all = shares[key];
            all.RemoveAll(s => s.Service == service);
            if (all.Count == 0) shares.Remove(key);
        }
    }

    /// <summary>The plan after all that was set and forgotten: the same object where that moved no route, so that nobody is woken for it.</summary>
    /// <param name="peers">The sessions of this node; the same until <see cref="Clear"/>.</param>
    public BgpPlan Settle(IEnumerable<CompiledBgpPeer> peers)
    {
        if (settled is { } same && touched.Count == 0) return same;
        foreach (IGrouping<string, (string Peer, IpPrefix Prefix)> changed in touched.GroupBy(t => t.Peer, StringComparer.Ordinal))
            routes[changed.Key] = routes.GetValueOrDefault(changed.Key, BgpRouteSet.Empty).With(changed.Select(key => new BgpRouteChange(key.Prefix, Merged(key))));
        touched.Clear();
        return settled = new(peers.ToImmutableSortedDictionary(
            p => p.Settings.Name, p => new BgpPeerPlan(p.Settings, routes.GetValueOrDefault(p.Settings.Name, BgpRouteSet.Empty)), StringComparer.Ordinal));
    }

    private BgpRouteAttributes? Merged((string Peer, IpPrefix Prefix) key)
    {
        if (!shares.TryGetValue(key, out List<Share>? all)) return null;
        if (all.Count == 1) return all[0].Attributes;
        return all.OrderBy(s => s.Age).ThenBy(s => s.Service).Select(s => s.Attributes).Aggregate((one, other) => one.Merge(other));
    }
}
