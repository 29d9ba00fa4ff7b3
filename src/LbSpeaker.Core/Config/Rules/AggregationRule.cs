using System.Numerics;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>No announced prefix is wider than the widest prefix that an entry of the pool is made of: it would take in addresses that are not the pool's.</summary>
internal static class AggregationRule
{
    public static void Check(CompiledBgpAdvertisement advertisement, CompiledPool pool, Faults faults)
    {
        foreach (IpRange range in pool.Ranges)
        {
            int length = LengthOf(advertisement, range.Family), widest = WidestPrefix(range);
            // A length that is none is another rule's fault.
            if (length >= (range.Family == IpFamily.IPv4 ? 1 : 0) && length < widest)
                faults.Add(ProblemReason.InvalidAggregation, $"invalid aggregation length {length}: prefix {widest} in this pool is more specific ({range} of {pool.Name})");
        }
    }

    public static bool Fits(CompiledBgpAdvertisement advertisement, CompiledPool pool)
    {
        foreach (IpRange range in pool.Ranges)
            if (LengthOf(advertisement, range.Family) < WidestPrefix(range)) return false;
        return true;
    }

    private static int LengthOf(CompiledBgpAdvertisement advertisement, IpFamily family) => family == IpFamily.IPv4 ? advertisement.LengthV4 : advertisement.LengthV6;

    /// <summary>The length of the widest prefix in the shortest list of prefixes that make up the range.</summary>
    internal static int WidestPrefix(IpRange range)
    {
        int bits = IpAddress.Bits(range.Family);
        if (range.First.Value == 0 && range.Last.Value == IpAddress.MaxValue(range.Family)) return 0;
        int widest = bits;
        UInt128 next = range.First.Value;
        while (true)
        {
            // As many addresses as the alignment of the first allows, and as are left.
            UInt128 left = range.Last.Value - next + 1;
            int aligned = next == 0 ? bits : (int)UInt128.TrailingZeroCount(next), fitting = (int)UInt128.Log2(left);
            int hostBits = Math.Min(aligned, fitting);
            widest = Math.Min(widest, bits - hostBits);
            UInt128 size = UInt128.One << hostBits;
            if (left == size) return widest;
            next += size;
        }
    }
}
