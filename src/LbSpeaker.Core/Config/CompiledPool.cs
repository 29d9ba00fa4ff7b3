using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

public enum PoolState
{
    Ready,
    /// <summary>At fault: gives nothing new, keeps what it gave.</summary>
    Frozen,
}

/// <summary>How many addresses of a pool a namespace may have.</summary>
/// <param name="PerNamespace">Of each that is not listed; null: no limit.</param>
/// <param name="Namespaces">Sorted by name.</param>
public sealed record PoolQuota(int? PerNamespace, ValueArray<NamespaceQuota> Namespaces)
{
    /// <summary>Null: no limit.</summary>
    public int? LimitOf(string name)
    {
        foreach (NamespaceQuota quota in Namespaces)
            if (quota.Name == name) return quota.Max;
        return PerNamespace;
    }
}

/// <param name="Max">0 and up.</param>
public readonly record struct NamespaceQuota(string Name, int Max);

/// <summary>A pool in force.</summary>
/// <param name="Ranges">What it covers, in the order that the user listed it: addresses are given out in this order.</param>
/// <param name="Excluded">spec.exclude as sorted, disjoint ranges.</param>
/// <param name="Namespaces">Namespaces it is for, sorted: names and what the selectors match, together. Null: every namespace. Empty: none, not even on request.</param>
/// <param name="ServiceSelectors">Services it is for; empty: every Service.</param>
/// <param name="IsPinned">It has namespaces, namespace selectors or service selectors, or a serviceAllocation with a priority alone: it is tried before the general pools and is none itself.</param>
public sealed record CompiledPool(
    string Name,
    LabelSet Labels,
    PoolState State,
    ValueArray<IpRange> Ranges,
    ValueArray<IpRange> Excluded,
    bool AutoAssign,
    bool AvoidBuggyIPs,
    int Priority,
    ValueArray<string>? Namespaces,
    ValueArray<LabelSelector> ServiceSelectors,
    bool IsPinned)
{
    /// <summary>
    /// The declaration it comes from. Names are unique among ready pools; a frozen one may bear the name of an older one in the other
    /// configuration namespace, so whatever looks a pool up for its object goes by this.
    /// </summary>
    public ObjectKey Key { get; init; }

    /// <summary>A frozen pool in its last valid form: an address in its ranges is known to be one that it could give.</summary>
    public bool FromLastValid { get; init; }

    /// <summary>Addresses that a host which is none of ours was found to have: not given out, and given up by who did not ask for them. Sorted.</summary>
    public ValueArray<IpAddress> Quarantined { get; init; }

    /// <summary>How many of its addresses a namespace may have; null: no limit.</summary>
    public PoolQuota? Quota { get; init; }

    /// <summary>avoidBuggyIPs is on, and the address is an IPv4 address that ends in .0 or .255.</summary>
    public bool Avoids(IpAddress address) => AvoidBuggyIPs && address.Family == IpFamily.IPv4 && ((uint)address.Value & 0xFF) is 0 or 0xFF;

    /// <summary>Whether it covers the address; an excluded or avoided one too.</summary>
    public bool Covers(IpAddress address)
    {
        foreach (IpRange range in Ranges)
            if (range.Contains(address)) return true;
        return false;
    }
}
