namespace LbSpeaker.Core.Allocation;

/// <summary>
/// Why a Service has no address, not all that it asks for, or lost one. A closed set whose names are an API: event messages, the condition
/// lbspeaker.io/Allocated, the plan and <c>explain</c> use them as they are. README.md lists them.
/// </summary>
public enum AllocationReason
{
    /// <summary>There is no pool at all.</summary>
    NoPools,
    /// <summary>Pools exist, but none that may serve this Service has a free address; the message names each with its reason.</summary>
    NoAvailableIPs,
    /// <summary>The Service has no usable clusterIPs (headless, or not set yet), so its family is unknown.</summary>
    NoClusterIPs,
    /// <summary>RequireDualStack with fewer than two clusterIPs.</summary>
    NotEnoughClusterIPs,
    /// <summary>The request cannot be read: not an address, more than two, two of one family.</summary>
    InvalidRequest,
    /// <summary>Addresses requested both in spec.loadBalancerIP and by annotation.</summary>
    TwoRequestSources,
    /// <summary>The requested address is in no pool.</summary>
    AddressNotInPool,
    /// <summary>The requested address is held by a Service that it may not be shared with.</summary>
    AddressInUse,
    /// <summary>The requested address is excluded or avoided by its pool; of held addresses the avoided ones are lost.</summary>
    AddressExcluded,
    /// <summary>A host that is none of ours has the requested or held address.</summary>
    AddressQuarantined,
    /// <summary>The requested pool does not exist.</summary>
    UnknownPool,
    /// <summary>The pool does not serve the Service's namespace or labels.</summary>
    PoolNotAllowed,
    /// <summary>The requested address is in another pool than the one requested.</summary>
    AddressNotInRequestedPool,
    /// <summary>The pool is at fault and gives nothing new.</summary>
    PoolFrozen,
    /// <summary>Requested or held addresses are not of the families of the Service's clusterIPs.</summary>
    FamilyMismatch,
    /// <summary>One family was found; a pool for the other is missing or exhausted.</summary>
    SecondFamilyUnavailable,
    /// <summary>No pool covers the held address any more.</summary>
    AddressNoLongerInPool,
    /// <summary>An older Service holds the address and the two may no longer share it.</summary>
    SharingConflict,
    /// <summary>The Service asks for other addresses than it held.</summary>
    RequestChanged,
    /// <summary>What stands in the status is no address of ours (a hostname, text, too many).</summary>
    ForeignStatus,
    /// <summary>The Service is no longer of type LoadBalancer, or of another class.</summary>
    NoLongerOurs,
    /// <summary>The Service is being deleted.</summary>
    BeingDeleted,
    /// <summary>The Service object has a field of a wrong type.</summary>
    Malformed,
    /// <summary>Its namespace has as many addresses of the pool as the pool's quota lets it have; the message says how many.</summary>
    QuotaExceeded,
    /// <summary>The IPClaim that the Service names does not exist in its namespace.</summary>
    UnknownClaim,
    /// <summary>The IPClaim that the Service names holds no address; the message says why.</summary>
    ClaimPending,
    /// <summary>An IPClaim that the Service does not name holds the address.</summary>
    HeldByClaim,
    /// <summary>No Service has named the IPClaim for longer than its time to live.</summary>
    ClaimExpired,
}
