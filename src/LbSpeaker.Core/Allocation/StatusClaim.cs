namespace LbSpeaker.Core.Allocation;

/// <summary>One entry of a Service's status, judged by itself: what other Services hold is not asked yet.</summary>
internal sealed class StatusClaim(ServiceEntry service, AddressSlot? slot, PoolEntry? pool, AllocationReason? fault)
{
    /// <summary>No two claims to one address are of one Service.</summary>
    public static IComparer<StatusClaim> ByAge { get; } = Comparer<StatusClaim>.Create(static (a, b) => ServiceEntry.ByAge.Compare(a.Service, b.Service));

    public ServiceEntry Service { get; } = service;

    /// <summary>Null where the entry may not be kept.</summary>
    public AddressSlot? Slot { get; } = slot;

    /// <summary>Why it may not be kept; null where it may.</summary>
    public AllocationReason? Fault { get; } = fault;

    /// <summary>It may be kept, and no older Service stands in its way.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Only where it may be kept.</summary>
    public Holder Holder => new(Service, pool!);
}
