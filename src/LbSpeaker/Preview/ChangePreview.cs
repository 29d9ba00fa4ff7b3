using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Preview;

/// <summary>What becomes of a Service's addresses by a change.</summary>
internal enum AddressFate
{
    /// <summary>It has none now and will have one.</summary>
    Gets,
    /// <summary>It keeps what it has and gets one more.</summary>
    GetsMore,
    /// <summary>One of its addresses gives way to another.</summary>
    Changes,
    /// <summary>It has fewer than before, or none.</summary>
    Loses,
}

/// <param name="Why">The reason of the plan after the change; empty where there is none.</param>
internal sealed record AddressChange(ObjectKey Service, AddressFate Fate, ValueArray<IpAddress> Before, ValueArray<IpAddress> After, string Why);

/// <summary>An address that another node would own at Layer 2; null for nobody.</summary>
internal sealed record OwnerChange(ObjectKey Service, IpAddress Address, string? From, string? To);

/// <summary>A route that a node would tell a router, or take back.</summary>
/// <param name="Before">Null where it is new.</param>
/// <param name="After">Null where it is withdrawn.</param>
internal sealed record RouteChange(string Node, string Peer, IpPrefix Prefix, string? Before, string? After);

/// <summary>
/// What a change would do, told by two plans of the live system's planner: one of the cluster as it is and one of it as it would be. What would happen without the change too is no part of it.
/// </summary>
internal sealed class ChangePreview
{
    public ChangePreview(ClusterPreview before, ClusterPreview after)
    {
        Addresses = [.. Keys(before, after).Select(key => Of(key, before, after)).OfType<AddressChange>()];
        Owners = [.. Keys(before, after).SelectMany(key => OwnersOf(key, before, after))];
        Routes = [.. RoutesOf(before, after)];
        Brings = [.. after.Problems.Except(before.Problems)];
        Cures = [.. before.Problems.Except(after.Problems)];
    }

    public IReadOnlyList<AddressChange> Addresses { get; }

    public IReadOnlyList<OwnerChange> Owners { get; }

    public IReadOnlyList<RouteChange> Routes { get; }

    /// <summary>Problems that the change would bring.</summary>
    public IReadOnlyList<Problem> Brings { get; }

    /// <summary>Problems that it would cure.</summary>
    public IReadOnlyList<Problem> Cures { get; }

    /// <summary>Somebody who is reached at an address now would not be reached there afterwards.</summary>
    public bool TakesAddresses => Addresses.Any(a => a.Fate is AddressFate.Changes or AddressFate.Loses);

    private static IEnumerable<ObjectKey> Keys(ClusterPreview before, ClusterPreview after) => before.Allocation.Services.Keys.Union(after.Allocation.Services.Keys).Order();

    private static AddressChange? Of(ObjectKey key, ClusterPreview before, ClusterPreview after)
    {
        ServiceDecision? then = after.Allocation.Services.GetValueOrDefault(key);
        ValueArray<IpAddress> had = before.Allocation.Services.GetValueOrDefault(key)?.Addresses ?? [], has = then?.Addresses ?? [];
        bool keepsAll = had.All(a => has.Contains(a));
        if (keepsAll && had.Count == has.Count) return null;
        AddressFate fate = had.IsEmpty ? AddressFate.Gets : keepsAll ? AddressFate.GetsMore : has.Any(a => !had.Contains(a)) ? AddressFate.Changes : AddressFate.Loses;
        return new(key, fate, had, has, then is null ? "the Service is deleted" : Why(then));
    }

    private static string Why(ServiceDecision decision) => (decision.ReleaseReason, decision.Reason) switch
    {
        ({ } lost, { } reason) when lost != reason => $"{lost}; {reason}: {decision.Message}",
        (_, { } reason) => $"{reason}: {decision.Message}",
        ({ } lost, null) => $"{lost}: {Advice.On(lost)}",
        _ => "",
    };

    private static IEnumerable<OwnerChange> OwnersOf(ObjectKey key, ClusterPreview before, ClusterPreview after)
    {
        Dictionary<IpAddress, string> had = OwnersIn(before), has = OwnersIn(after);
        foreach (IpAddress address in had.Keys.Union(has.Keys).Order())
            if (had.GetValueOrDefault(address) is var from && has.GetValueOrDefault(address) is var to && from != to) yield return new(key, address, from, to);

        Dictionary<IpAddress, string> OwnersIn(ClusterPreview preview) =>
            preview.AnnouncementsOf(key).Layer2.GroupBy(a => a.Address).ToDictionary(a => a.Key, a => a.First().Node);
    }

    private static IEnumerable<RouteChange> RoutesOf(ClusterPreview before, ClusterPreview after)
    {
        SortedDictionary<(string Node, string Peer, IpPrefix Prefix), string> had = RoutesIn(before), has = RoutesIn(after);
        foreach ((string Node, string Peer, IpPrefix Prefix) route in had.Keys.Union(has.Keys).Order())
            if (had.GetValueOrDefault(route) is var from && has.GetValueOrDefault(route) is var to && from != to) yield return new(route.Node, route.Peer, route.Prefix, from, to);
    }

    /// <summary>Several addresses may be announced as one prefix; it is one route.</summary>
    private static SortedDictionary<(string Node, string Peer, IpPrefix Prefix), string> RoutesIn(ClusterPreview preview)
    {
        SortedDictionary<(string, string, IpPrefix), string> routes = [];
        foreach (ServiceAnnouncements announcements in preview.Announcements.Services.OrderBy(s => s.Key).Select(s => s.Value))
            foreach (AnnouncementEntry entry in AnnouncementEntry.All(announcements))
                if (entry is { Peer: { } peer, Prefix: { } prefix }) routes.TryAdd((entry.Node, peer, prefix), Attributes(entry));
        return routes;
    }

    private static string Attributes(AnnouncementEntry entry) =>
        string.Join(", ", (entry.LocalPref == 0 ? Array.Empty<string>() : [$"localPref {entry.LocalPref}"]).Concat(entry.Communities.Select(c => $"community {c}"))) is { Length: > 0 } some ? some : "plain";
}
