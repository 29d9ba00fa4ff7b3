using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>What happens to a Service's addresses. The names are an API.</summary>
public enum AllocationDecision
{
    /// <summary>Exactly what its status holds.</summary>
    Keep,
    /// <summary>It holds addresses, and not exactly what its status says: something new is in it, or something is gone.</summary>
    Assign,
    /// <summary>It held addresses and has none now.</summary>
    Release,
    /// <summary>It has none and gets none.</summary>
    Refuse,
    /// <summary>Not of type LoadBalancer, or of another class; nothing to clean up.</summary>
    NotOurs,
}

/// <summary>The decision over one Service.</summary>
/// <param name="Addresses">All that it holds after the plan, in status order.</param>
/// <param name="Pools">The pools that the addresses come from, without repeats, in the order of the addresses; the annotation names them.</param>
/// <param name="Reason">Why nothing, or not all, was given; null where all is well.</param>
/// <param name="Message">For a person; names pool by pool why. Empty where all is well.</param>
/// <param name="ReleaseReason">Why addresses that were held before are not kept; null where none was lost. It goes with Assign (moved) and Release.</param>
public sealed record ServiceDecision(
    ObjectKey Service,
    AllocationDecision Decision,
    ValueArray<IpAddress> Addresses,
    ValueArray<string> Pools,
    AllocationReason? Reason,
    string Message,
    AllocationReason? ReleaseReason);

/// <summary>What an IPClaim holds after the plan.</summary>
/// <param name="Addresses">In the order asked for, else IPv4 first.</param>
/// <param name="Pools">The pools that the addresses come from, without repeats, in the order of the addresses.</param>
/// <param name="Reason">Why it holds nothing, or not all; null where all is well.</param>
/// <param name="Message">For a person. Empty where all is well.</param>
/// <param name="UsedBy">Names of the Services of its namespace that name it, sorted.</param>
public sealed record ClaimDecision(ObjectKey Claim, ValueArray<IpAddress> Addresses, ValueArray<string> Pools, AllocationReason? Reason, string Message, ValueArray<string> UsedBy);

/// <summary>The counters of one pool after the plan; an address that several Services share counts once. A size beyond <see cref="long.MaxValue"/> counts as that.</summary>
/// <param name="AvailableIPv4">Neither assigned, excluded nor avoided; 0 while frozen.</param>
/// <param name="Excluded">Excluded addresses that are still held, sorted: they stay until their Service goes.</param>
public sealed record PoolUsage(
    string Name,
    PoolState State,
    long AssignedIPv4,
    long AvailableIPv4,
    long AssignedIPv6,
    long AvailableIPv6,
    ValueArray<IpAddress> Excluded)
{
    /// <summary>The pool's declaration: the status is written there. A frozen pool may share its name with one of the other configuration namespace.</summary>
    public ObjectKey Key { get; init; }

    /// <summary>Which IPClaim holds which of its addresses, sorted by address; the first <see cref="MostClaims"/>.</summary>
    public ValueArray<ClaimedAddress> Claims { get; init; }

    /// <summary>So that a status stays one that can be read and written.</summary>
    public const int MostClaims = 256;

    /// <summary>Who holds its addresses, sorted by address.</summary>
    public FirstOf<HeldAddress> Held { get; init; } = FirstOf<HeldAddress>.None;
}

/// <summary>An address of a pool and who holds it from that pool.</summary>
/// <param name="Claim">The IPClaim that does; null where none does.</param>
/// <param name="Service">The Service that does, the first of several; null where none does.</param>
/// <param name="Services">How many Services do.</param>
public readonly record struct HeldAddress(IpAddress Address, ObjectKey? Claim, ObjectKey? Service, int Services);

/// <summary>An address that an IPClaim holds.</summary>
public readonly record struct ClaimedAddress(IpAddress Address, ObjectKey Claim);

/// <summary>Who holds which address, desired. Immutable; two plans from equal input are equal, whatever was planned before.</summary>
/// <param name="Pools">Sorted by name.</param>
/// <param name="Problems">Faults in what Services ask for, sorted.</param>
/// <param name="Changed">Services whose decision may differ from the previous plan's; null where all were looked at. Sorted.</param>
public sealed record AllocationPlan(
    ImmutableDictionary<ObjectKey, ServiceDecision> Services,
    ValueArray<PoolUsage> Pools,
    ValueArray<Problem> Problems,
    ValueArray<ObjectKey>? Changed)
{
    public ImmutableDictionary<ObjectKey, ClaimDecision> Claims { get; init; } = ImmutableDictionary<ObjectKey, ClaimDecision>.Empty;

    /// <summary>IPClaims whose decision may differ from the previous plan's, those that are gone among them; null where all were looked at. Sorted.</summary>
    public ValueArray<ObjectKey>? ChangedClaims { get; init; }

    public bool Equals(AllocationPlan? other)
    {
        if (other is null || Services.Count != other.Services.Count || Claims.Count != other.Claims.Count || Pools != other.Pools || Problems != other.Problems) return false;
        return SaySame(Services, other.Services) && SaySame(Claims, other.Claims);
    }

    private static bool SaySame<T>(ImmutableDictionary<ObjectKey, T> mine, ImmutableDictionary<ObjectKey, T> others) where T : class
    {
        if (ReferenceEquals(mine, others)) return true;
        foreach ((ObjectKey key, T decision) in mine)
            if (!others.TryGetValue(key, out T? theirs) || !theirs.Equals(decision)) return false;
        return true;
    }

    public override int GetHashCode() => HashCode.Combine(Services.Count, Pools, Problems);
}
