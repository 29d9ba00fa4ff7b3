using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Allocation;

/// <summary>One entry of the status of a Service or IPClaim, judged by itself: what others hold is not asked yet.</summary>
internal sealed class StatusClaim(ServiceEntry service, AddressSlot? slot, PoolEntry? pool, AllocationReason? fault)
{
    /// <summary>No two claims to one address are of one Service.</summary>
    public static IComparer<StatusClaim> ByAge { get; } = Comparer<StatusClaim>.Create(static (a, b) => ServiceEntry.ByAge.Compare(a.Service, b.Service));

    public ServiceEntry Service { get; } = service;

    /// <summary>Null where the entry may not be kept.</summary>
    public AddressSlot? Slot { get; } = slot;

    /// <summary>Why it may not be kept; null where it may.</summary>
    public AllocationReason? Fault { get; } = fault;

    /// <summary>It may be kept, and nobody who goes before stands in its way.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Why it is not held although it may be kept.</summary>
    public AllocationReason? Refusal { get; set; }

    /// <summary>Of an address that an IPClaim is to adopt and cannot: who has it too.</summary>
    public HolderName? Rival { get; set; }

    /// <summary>Only where it may be kept.</summary>
    public Holder Holder => new(Service, pool!);
}
