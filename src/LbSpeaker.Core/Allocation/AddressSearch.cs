using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>
/// Looks for what a Service lacks and enters it in the ledger. Pools come in classes: those that it names, or else the pool that it holds an
/// address of, those pinned to it, and the general ones. Inside a class one pool that has both families goes before two pools.
/// </summary>
internal sealed class AddressSearch(PoolBook pools, AddressLedger ledger)
{
    /// <summary>Finds into <see cref="ServiceEntry.Found"/>; what could not be had is told in <see cref="ServiceEntry.Failure"/>.</summary>
    public void Run(ServiceEntry service)
    {
        service.MayFailOtherwise = false;
        service.Failure = service.Request.Addresses.IsEmpty ? FindAny(service) : FindRequested(service);
        if (service.Failure is null || !service.Wish.NeedsAll) return;

        service.MayFailOtherwise |= service.Found.Count > 0;
        foreach ((AddressSlot slot, PoolEntry pool) in service.Found)
        {
            ledger.Remove(slot, new(service, pool));
            ledger.Forget(slot);
        }
        foreach ((_, PoolEntry pool) in service.Found) pool.QuotaOf(service.Key.Namespace)?.Retell();
        service.Found.Clear();
        if (!service.HoldsAny) return;
        foreach (StatusClaim claim in service.Claims)
            if (claim.IsHeld) ledger.Remove(claim.Slot!, claim.Holder);
        service.GaveUp = true;
        // Those who were asked before it could not know that this would come free.
        ledger.Unsettle();
    }

    private SearchFailure? FindRequested(ServiceEntry service)
    {
        ValueArray<IpAddress> wanted = service.Request.Addresses;
        foreach (IpAddress address in wanted)
            if (!service.Wish.Wants(address.Family))
                return new(AllocationReason.FamilyMismatch, $"{address} is requested, but the Service has no {address.Family} clusterIP");
        if (service.Wish.NeedsAll && wanted.Count < 2)
            return new(AllocationReason.FamilyMismatch, $"only {wanted[0]} is requested, but ipFamilyPolicy is RequireDualStack: request one address of each family");

        List<PoolEntry> counted = new(2);
        foreach (IpAddress address in wanted)
        {
            if (service.Holds(address.Family)) continue;
            SearchFailure? failure = Granted(service, address) is { } grant ? RefuseGranted(service, address, grant) : Refuse(service, address) ?? Exceeds(service, address, counted);
            if (failure is not null) return failure;
            service.MayFailOtherwise = true;
        }
        foreach (IpAddress address in wanted)
            if (!service.Holds(address.Family)) Take(service, address, Granted(service, address)?.Pool ?? pools.FindReady(address)!);
        return null;
    }

    /// <summary>The IPClaim that the Service names, where that holds the address.</summary>
    private Holder? Granted(ServiceEntry service, IpAddress address) =>
        !service.IsClaim && ledger.Find(address) is { Claimant: { } claimant } slot && ReferenceEquals(claimant.Named, service.Named) ? slot.Holders[0] : null;

    /// <summary>What an IPClaim holds is given already, by a pool that may be at fault or leave it out by now. Its Services join it.</summary>
    private SearchFailure? RefuseGranted(ServiceEntry service, IpAddress address, Holder grant)
    {
        PoolEntry pool = grant.Pool;
        if (!pool.IsFrozen && PoolAnswers.NotAllowed(service.View, pool) is { } why) return new(AllocationReason.PoolNotAllowed, $"{address} is in the pool {pool.Name}: {why}");
        return ledger.Find(address)!.FindConflict(service) is { } conflict
            ? new(AllocationReason.AddressInUse, $"{address} of the pool {pool.Name} is held by {conflict.Holder.Name}, {conflict.Why}")
            : null;
    }

    private SearchFailure? Refuse(ServiceEntry service, IpAddress address)
    {
        PoolEntry? ready = pools.FindReady(address);
        PoolEntry pool = ready ?? pools.FindFrozen(address)!;
        if (!service.Request.Pools.IsEmpty && !service.Request.Pools.Contains(pool.Name))
            return new(AllocationReason.AddressNotInRequestedPool, $"{address} is requested from {string.Join(" or ", service.Request.Pools.AsEnumerable())}, but it is in the pool {pool.Name}");
        if (ready is null) return new(AllocationReason.PoolFrozen, $"{address} is in the pool {pool.Name}, which is at fault and gives nothing new");
        if (PoolAnswers.NotAllowed(service.View, ready) is { } why) return new(AllocationReason.PoolNotAllowed, $"{address} is in the pool {pool.Name}: {why}");
        if (ready.Pool.Quarantined.Contains(address)) return new(AllocationReason.AddressQuarantined, $"a host that is none of ours has {address}; it is tried again when that was not heard for a while");
        if (!ready.Space(address.Family)!.TryPosition(address.Value, out _))
            return new(AllocationReason.AddressExcluded, $"{address} is left out by the pool {pool.Name} ({(ready.Pool.Excluded.AsEnumerable().Any(r => r.Contains(address)) ? "exclude" : "avoidBuggyIPs")})");
        if (ledger.Find(address) is not { } slot) return null;
        if (slot.FindConflict(service) is { } conflict) return new(AllocationReason.AddressInUse, $"{address} of the pool {pool.Name} is held by {conflict.Holder.Name}, {conflict.Why}");
        if (slot.HasFrozenHolder) return new(AllocationReason.PoolFrozen, $"{address} was given by the pool {slot.Holders[0].Pool.Name}, which is at fault: nobody may join it");
        return null;
    }

    /// <summary>Whether the address is beyond the quota of the Service's namespace, after what <paramref name="counted"/> already takes of it.</summary>
    private SearchFailure? Exceeds(ServiceEntry service, IpAddress address, List<PoolEntry> counted)
    {
        PoolEntry pool = pools.FindReady(address)!;
        if (pool.QuotaOf(service.Key.Namespace) is not { } quota || pool.IsHeldIn(service.Key.Namespace, address)) return null;
        if (quota.Left > counted.Count(p => ReferenceEquals(p, pool)))
        {
            counted.Add(pool);
            return null;
        }
        // The address is free: when another takes it, that is what is said.
        service.MayFailOtherwise = true;
        return new(AllocationReason.QuotaExceeded, $"{address} is in the pool {pool.Name}: {quota.Tell()}");
    }

    private SearchFailure? FindAny(ServiceEntry service)
    {
        bool lacks4 = service.Lacks(IpFamily.IPv4), lacks6 = service.Lacks(IpFamily.IPv6);
        ValueArray<string> names = service.Request.Pools;
        PoolEntry[]? named = null;
        if (!names.IsEmpty)
        {
            named = [.. names.AsEnumerable().Select(n => pools.Find(n)!)];
            FindIn(named, service, ref lacks4, ref lacks6);
        }
        else
        {
            foreach (StatusClaim claim in service.Claims)
                if (claim.IsHeld) FindIn([claim.Holder.Pool], service, ref lacks4, ref lacks6);
            FindIn(pools.PinnedFor(service.Key.Namespace), service, ref lacks4, ref lacks6);
            FindIn(pools.General, service, ref lacks4, ref lacks6);
        }
        if (service.Found.Count == 2 && service.Found[0].Slot.Address.Family == IpFamily.IPv6) service.Found.Reverse();
        if (!lacks4 && !lacks6) return null;

        AllocationReason reason = service.Found.Count > 0 || service.HoldsAny ? AllocationReason.SecondFamilyUnavailable
            : named is null ? AllocationReason.NoAvailableIPs
            : Array.TrueForAll(named, p => p.IsFrozen) ? AllocationReason.PoolFrozen
            : Array.TrueForAll(named, p => !p.Serves(service.View)) ? AllocationReason.PoolNotAllowed
            : AllocationReason.NoAvailableIPs;
        if (reason == AllocationReason.NoAvailableIPs && IsBeyondQuota(service, named ?? pools.All, named is not null, lacks4, lacks6)) reason = AllocationReason.QuotaExceeded;
        return new(reason, PoolAnswers.Describe(service.View, named ?? pools.All, named is not null, lacks4, lacks6));
    }

    /// <summary>Some pool refuses for its quota alone; what else it would say is not asked.</summary>
    private static bool IsBeyondQuota(ServiceEntry service, ReadOnlySpan<PoolEntry> asked, bool isByName, bool lacks4, bool lacks6)
    {
        foreach (PoolEntry pool in asked)
            if (PoolAnswers.ExhaustedQuota(service.View, pool, isByName, lacks4, lacks6) is not null) return true;
        return false;
    }

    private void FindIn(PoolEntry[] candidates, ServiceEntry service, ref bool lacks4, ref bool lacks6)
    {
        if (lacks4 && lacks6)
            foreach (PoolEntry pool in candidates)
                if (First(pool, IpFamily.IPv4, service) is { } v4 && First(pool, IpFamily.IPv6, service) is { } v6)
                {
                    if (!HasRoomForBoth(pool, service, v4, v6)) continue;
                    Take(service, v4, pool);
                    Take(service, v6, pool);
                    lacks4 = lacks6 = false;
                    return;
                }
        if (lacks4 && TakeFirst(candidates, IpFamily.IPv4, service)) lacks4 = false;
        if (lacks6 && TakeFirst(candidates, IpFamily.IPv6, service)) lacks6 = false;
    }

    private bool TakeFirst(PoolEntry[] candidates, IpFamily family, ServiceEntry service)
    {
        foreach (PoolEntry pool in candidates)
            if (First(pool, family, service) is { } address)
            {
                Take(service, address, pool);
                return true;
            }
        return false;
    }

    private static bool HasRoomForBoth(PoolEntry pool, ServiceEntry service, IpAddress v4, IpAddress v6)
    {
        string ns = service.Key.Namespace;
        if (pool.QuotaOf(ns) is not { } quota || pool.IsHeldIn(ns, v4) || pool.IsHeldIn(ns, v6) || quota.Left > 1) return true;
        // One is left: who takes it changes what is said of the other.
        service.MayFailOtherwise = true;
        return false;
    }

    /// <summary>The first address in the pool's order that is free, or that the Service may join; beyond the quota only one that its namespace has already.</summary>
    private static IpAddress? First(PoolEntry pool, IpFamily family, ServiceEntry service)
    {
        if (pool.Space(family) is not { } space || !pool.Serves(service.View)) return null;
        if (pool.QuotaOf(service.Key.Namespace) is { Left: 0 })
            return service.Terms is { } own ? pool.FindShared(family, own)?.FirstJoinable(own, null, s => pool.IsHeldIn(service.Key.Namespace, s.Address))?.Address : null;
        PoolPosition? free = space.TryFirstFree(out PoolPosition position) ? position : null;
        if (service.Terms is { } terms && pool.FindShared(family, terms)?.FirstJoinable(terms, free) is { } slot) return slot.Address;
        return free is { } first ? new(family, first.Value) : null;
    }

    private void Take(ServiceEntry service, IpAddress address, PoolEntry pool)
    {
        AddressSlot slot = ledger.Get(address);
        ledger.Add(slot, new(service, pool), isFound: true);
        service.Found.Add((slot, pool));
    }
}
