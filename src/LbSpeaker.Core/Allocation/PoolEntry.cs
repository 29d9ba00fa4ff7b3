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
    private readonly SortedDictionary<IpAddress, ObjectKey> claimed = [];
    private ValueArray<ClaimedAddress>? claims;
    private readonly AddressRoll<AddressSlot, HeldAddress> held;
    private readonly Dictionary<string, QuotaAccount> quotas = new(StringComparer.Ordinal);
    /// <summary>By how many an address is held in a namespace; kept only where there is a quota.</summary>
    private readonly Dictionary<(IpAddress, string Namespace), int> heldIn = [];

    public PoolEntry(CompiledPool pool)
    {
        Pool = pool;
        held = new(HeldFromHere);
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

    public bool HasFree(IpFamily family) => Space(family) is { Free: var free } && free > 0;

    public bool ServesNamespace(string name) => namespaces is null || namespaces.Contains(name);

    public bool Serves(ServiceView service) => ServesNamespace(service.Key.Namespace) && Pool.ServiceSelectors.AnyMatches(service.Labels);

    /// <summary>What the namespace may have of this pool and has; null where there is no limit.</summary>
    public QuotaAccount? QuotaOf(string name)
    {
        if (Pool.Quota is not { } quota) return null;
        if (!quotas.TryGetValue(name, out QuotaAccount? account) && quota.LimitOf(name) is { } limit) quotas[name] = account = new(this, name, limit);
        return account;
    }

    /// <summary>Those of which somebody who waits was told.</summary>
    public HashSet<QuotaAccount> ToldOf { get; } = [];

    /// <summary>Whether an address more for somebody of the namespace is one more of its quota.</summary>
    public bool IsHeldIn(string name, IpAddress address) => heldIn.ContainsKey((address, name));

    /// <summary>One more or one less in the namespace holds the address from this pool.</summary>
    public void CountFor(string name, IpAddress address, int change)
    {
        if (QuotaOf(name) is not { } account) return;
        (IpAddress, string) key = (address, name);
        int before = heldIn.GetValueOrDefault(key), after = before + change;
        if (after == 0) heldIn.Remove(key); else heldIn[key] = after;
        if (before == 0 || after == 0) account.Used += change;
    }

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

    /// <summary>One more or one less holds the address from this pool.</summary>
    public void CountHolder(AddressSlot slot, int change)
    {
        usage = null;
        held.Change(slot.Address, slot, change);
    }

    /// <summary>An IPClaim now holds the address from this pool, or no longer.</summary>
    public void CountClaim(IpAddress address, ObjectKey claim, int change)
    {
        usage = null;
        claims = null;
        if (change > 0) claimed[address] = claim; else claimed.Remove(address);
    }

    /// <summary>An address in its ranges was taken or given back, whoever it is attributed to.</summary>
    public void SpaceChanged() => usage = null;

    /// <summary>The same object until something changes.</summary>
    public PoolUsage Usage => usage ??= new(
        Name, Pool.State, assigned4, Available(v4), assigned6, Available(v6), heldExcluded.ToValueArray())
    {
        Key = Pool.Key,
        Claims = claims ??= claimed.Take(PoolUsage.MostClaims).Select(c => new ClaimedAddress(c.Key, c.Value)).ToValueArray(),
        Held = held.Shown,
    };

    private HeldAddress HeldFromHere(IpAddress address, AddressSlot slot)
    {
        ObjectKey? claim = null, service = null;
        int services = 0;
        foreach (Holder holder in slot.Holders)
        {
            if (!ReferenceEquals(holder.Pool, this)) continue;
            if (holder.Service.IsClaim) claim = holder.Service.Key;
            else
            {
                service ??= holder.Service.Key;
                services++;
            }
        }
        return new(address, claim, service, services);
    }

    private static long Available(PoolSpace? space) => space is null ? 0 : Math.Max(0, space.Capacity - space.Taken);
}
