using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>A pool with its books: what is free in it and what came from it.</summary>
internal sealed class PoolEntry
{
    private readonly HashSet<string>? namespaces;
    private readonly PoolSpace? v4, v6;
    private readonly SortedSet<IpAddress> heldExcluded = [];
    private readonly Dictionary<(IpFamily, string Key, string Backend), SharedAddresses> shared = [];
    private long assigned4, assigned6;
    private PoolUsage? usage;

    public PoolEntry(CompiledPool pool)
    {
        Pool = pool;
        if (pool.Namespaces is { } names) namespaces = new(names, StringComparer.Ordinal);
        if (IsFrozen) return;
        foreach (IpRange range in pool.Ranges)
            if (range.Family == IpFamily.IPv4) v4 ??= new(pool, IpFamily.IPv4);
            else v6 ??= new(pool, IpFamily.IPv6);
    }

    public CompiledPool Pool { get; }

    public string Name => Pool.Name;

    public bool IsFrozen => Pool.State == PoolState.Frozen;

    /// <summary>Null where it has no addresses of the family, or is frozen and so gives none.</summary>
    public PoolSpace? Space(IpFamily family) => family == IpFamily.IPv4 ? v4 : v6;

    public bool ServesNamespace(string name) => namespaces is null || namespaces.Contains(name);

    public bool Serves(ServiceView service) => ServesNamespace(service.Key.Namespace) && Pool.ServiceSelectors.AnyMatches(service.Labels);

    /// <summary>The addresses that are held under these terms and that one more Service may join.</summary>
    public SharedAddresses? FindShared(IpFamily family, SharingTerms terms) => shared.GetValueOrDefault((family, terms.Key, terms.Backend));

    public SharedAddresses GetShared(IpFamily family, SharingTerms terms)
    {
        (IpFamily, string, string) key = (family, terms.Key, terms.Backend);
        if (!shared.TryGetValue(key, out SharedAddresses? addresses)) shared[key] = addresses = new();
        return addresses;
    }

    public void ForgetShared(IpFamily family, SharingTerms terms) => shared.Remove((family, terms.Key, terms.Backend));

    /// <summary>An address is now attributed to this pool, or no longer; shared ones once.</summary>
    public void Count(IpAddress address, int change)
    {
        usage = null;
        if (address.Family == IpFamily.IPv4) assigned4 += change; else assigned6 += change;
        if (IsFrozen || Pool.Quarantined.Contains(address) || Space(address.Family)?.TryPosition(address.Value, out _) == true) return;
        if (change > 0) heldExcluded.Add(address); else heldExcluded.Remove(address);
    }

    /// <summary>An address in its ranges was taken or given back, whoever it is attributed to.</summary>
    public void SpaceChanged() => usage = null;

    /// <summary>The same object until something changes.</summary>
    public PoolUsage Usage => usage ??= new(
        Name, Pool.State, assigned4, Available(v4), assigned6, Available(v6), heldExcluded.ToValueArray()) { Key = Pool.Key };

    private static long Available(PoolSpace? space) => space is null ? 0 : Math.Max(0, space.Capacity - space.Taken);
}
