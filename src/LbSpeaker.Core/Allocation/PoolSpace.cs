using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>Where an address stands in the order in which its pool gives addresses out.</summary>
/// <param name="Segment">Which of the pool's usable ranges, in listed order.</param>
internal readonly record struct PoolPosition(int Segment, UInt128 Value) : IComparable<PoolPosition>
{
    public int CompareTo(PoolPosition other) => Segment != other.Segment ? Segment.CompareTo(other.Segment) : Value.CompareTo(other.Value);
}

/// <summary>
/// The usable addresses of one pool and family, and which of them are free. The lowest free one in listed order is found in logarithmic
/// time at any fill, and no range is ever written out: everything below a watermark is either taken or in a heap of freed addresses,
/// everything above it is free unless it is in the set of taken ones.
/// </summary>
internal sealed class PoolSpace
{
    private readonly IpFamily family;
    private readonly bool avoidBuggy;
    private readonly (UInt128 First, UInt128 Last)[] segments;
    /// <summary>Numbers of <see cref="segments"/>, by first address.</summary>
    private readonly int[] byAddress;
    private readonly HashSet<UInt128> taken = [];
    private readonly PriorityQueue<PoolPosition, PoolPosition> freed = new();
    private readonly HashSet<UInt128> inFreed = [];
    private PoolPosition watermark;

    public PoolSpace(CompiledPool pool, IpFamily family)
    {
        this.family = family;
        avoidBuggy = pool.AvoidBuggyIPs && family == IpFamily.IPv4;
        List<(UInt128 First, UInt128 Last)> usable = [];
        IpRange[] holes = [.. pool.Excluded.Concat(pool.Quarantined.Where(a => !pool.Excluded.Any(r => r.Contains(a))).Select(a => new IpRange(a, a))).Order()];
        foreach (IpRange range in pool.Ranges)
            if (range.Family == family) CutOut(range, holes, usable);
        segments = [.. usable];
        byAddress = [.. Enumerable.Range(0, segments.Length).OrderBy(i => segments[i].First)];
        watermark = new(0, segments.Length > 0 ? segments[0].First : 0);
        foreach ((UInt128 first, UInt128 last) in segments)
        {
            UInt128 size = new IpRange(new(family, first), new(family, last)).Count;
            size -= avoidBuggy ? CountBuggy((uint)first, (uint)last) : 0;
            Usable = size > UInt128.MaxValue - Usable ? UInt128.MaxValue : Usable + size;
        }
    }

    /// <summary>Addresses that may be given out at all; the whole IPv6 space counts as <see cref="UInt128.MaxValue"/>.</summary>
    public UInt128 Usable { get; }

    public int Taken => taken.Count;

    public UInt128 Free => Usable - (UInt128)Taken;

    /// <summary>What the pool's status counts as its size: from 2^62 addresses on, the greatest number of the API, as MetalLB counts.</summary>
    public long Capacity => Usable >> 62 == 0 ? (long)Usable : long.MaxValue;

    /// <summary>False where the address is outside, excluded, in quarantine or avoided.</summary>
    public bool TryPosition(UInt128 address, out PoolPosition position)
    {
        position = default;
        int low = 0, high = byAddress.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            (UInt128 first, UInt128 last) = segments[byAddress[middle]];
            if (address < first) high = middle - 1;
            else if (address > last) low = middle + 1;
            else
            {
                position = new(byAddress[middle], address);
                return !IsBuggy(address);
            }
        }
        return false;
    }

    public void Take(PoolPosition position) => taken.Add(position.Value);

    public void GiveBack(PoolPosition position)
    {
        taken.Remove(position.Value);
        if (position.CompareTo(watermark) < 0 && inFreed.Add(position.Value)) freed.Enqueue(position, position);
    }

    /// <summary>The first free address in listed order.</summary>
    public bool TryFirstFree(out PoolPosition position)
    {
        while (freed.TryPeek(out position, out _))
        {
            if (!taken.Contains(position.Value)) return true;
            freed.Dequeue();
            inFreed.Remove(position.Value);
        }
        while (watermark.Segment < segments.Length)
        {
            position = watermark;
            if (!taken.Contains(position.Value) && !IsBuggy(position.Value)) return true;
            watermark = position.Value < segments[position.Segment].Last ? position with { Value = position.Value + 1 }
                : position.Segment + 1 < segments.Length ? new(position.Segment + 1, segments[position.Segment + 1].First)
                : new(segments.Length, 0);
        }
        return false;
    }

    private bool IsBuggy(UInt128 address) => avoidBuggy && ((uint)address & 0xFF) is 0 or 0xFF;

    /// <summary>How many addresses from first to last end in .0 or .255.</summary>
    private static UInt128 CountBuggy(uint first, uint last) => UpTo(last) - UpTo(first) + (((first & 0xFF) is 0 or 0xFF) ? 1UL : 0UL);

    /// <summary>How many from 0.0.0.0 to the address, itself included, end in .0 or .255.</summary>
    private static ulong UpTo(uint address) => ((ulong)(address >> 8)) * 2 + 1 + ((address & 0xFF) == 0xFF ? 1UL : 0UL);

    private static void CutOut(IpRange range, ReadOnlySpan<IpRange> excluded, List<(UInt128 First, UInt128 Last)> usable)
    {
        UInt128 next = range.First.Value, end = range.Last.Value;
        foreach (IpRange hole in excluded)
        {
            if (!hole.Overlaps(range)) continue;
            if (hole.First.Value > next) usable.Add((next, hole.First.Value - 1));
            if (hole.Last.Value >= end) return;
            next = hole.Last.Value + 1;
        }
        usable.Add((next, end));
    }
}
