using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>Judges what stands in a Service's status: which of it may be kept, from which pool, as far as the Service alone decides.</summary>
internal static class StatusReader
{
    public static StatusClaim[] Read(ServiceEntry service, PoolBook pools, AddressLedger ledger)
    {
        ServiceView view = service.View;
        if (view.Ingress.IsEmpty) return [];
        string[] annotated = ServiceAnnotations.Read(view.Annotations, ServiceAnnotations.AllocatedFromPool) is { } text
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [];

        StatusClaim[] claims = new StatusClaim[view.Ingress.Count];
        bool has4 = false, has6 = false;
        for (int i = 0; i < claims.Length; i++)
        {
            // Two pools stand in the order of the two addresses; one stands for all.
            string[] from = annotated.Length == claims.Length ? [annotated[i]] : annotated;
            (IpAddress address, PoolEntry? pool, AllocationReason? fault) = Judge(service, view.Ingress[i], from, pools);
            ref bool has = ref has4;
            if (address.Family == IpFamily.IPv6) has = ref has6;
            if (fault is null && has) fault = AllocationReason.ForeignStatus;
            claims[i] = fault is null ? new(service, ledger.Get(address), pool, null) : new(service, null, null, fault);
            has |= fault is null;
        }
        return claims;
    }

    private static (IpAddress Address, PoolEntry? Pool, AllocationReason? Fault) Judge(ServiceEntry service, IngressView entry, string[] annotated, PoolBook pools)
    {
        if (entry.Ip is not { } text || !IpAddress.TryParse(text, out IpAddress address)) return (default, null, AllocationReason.ForeignStatus);
        (PoolEntry? pool, AllocationReason? fault) = FindPool(service.View, address, annotated, pools);
        if (pool is null) return (address, null, fault);
        if (!service.Wish.Wants(address.Family)) return (address, null, AllocationReason.FamilyMismatch);
        ServiceRequest request = service.Request;
        bool isAskedFor = (request.Addresses.IsEmpty || request.Addresses.Contains(address)) && (request.Pools.IsEmpty || request.Pools.Contains(pool.Name));
        if (!isAskedFor) return (address, null, AllocationReason.RequestChanged);
        return pool.Pool.Quarantined.Contains(address) && request.Addresses.IsEmpty ? (address, null, AllocationReason.AddressQuarantined) : (address, pool, null);
    }

    /// <summary>
    /// A frozen pool keeps what it gave, whoever the Service is by now: what the annotation says it gave, and what its last valid form has.
    /// A ready pool keeps what it has and may serve; what is excluded by now stays, what is avoided does not.
    /// </summary>
    private static (PoolEntry? Pool, AllocationReason? Fault) FindPool(ServiceView view, IpAddress address, string[] annotated, PoolBook pools)
    {
        if (pools.FindFrozen(address, p => annotated.Contains(p.Name)) is { } gave) return (gave, null);
        PoolEntry? ready = pools.FindReady(address);
        AllocationReason? against =
            ready is null ? annotated.Length == 0 ? AllocationReason.ForeignStatus : AllocationReason.AddressNoLongerInPool
            : !ready.Serves(view) ? AllocationReason.PoolNotAllowed
            : ready.Pool.Avoids(address) ? AllocationReason.AddressExcluded
            : null;
        if (against is null) return (ready, null);
        foreach (string name in annotated)
            if (pools.Find(name) is { IsFrozen: true } unreadable) return (unreadable, null);
        return pools.FindFrozen(address, static p => p.Pool.FromLastValid) is { } last ? (last, null) : (null, against);
    }
}
