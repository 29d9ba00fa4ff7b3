using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>The entries of spec.exclude can be read; what they name need not lie inside the pool.</summary>
internal static class PoolExcludeRule
{
    /// <summary>Sorted, and joined where they touch or overlap.</summary>
    public static ValueArray<IpRange> Compile(ValueArray<string> exclude, Faults faults)
    {
        List<IpRange> ranges = [];
        foreach (string entry in exclude)
            if (IpRange.TryParse(entry, out IpRange range, out string? error)) ranges.Add(range);
            else faults.Add(ProblemReason.InvalidAddress, $"exclude: {error}");
        ranges.Sort();

        List<IpRange> joined = [];
        foreach (IpRange range in ranges)
            if (joined.Count > 0 && joined[^1] is var last && last.Family == range.Family && (last.Last.Value == UInt128.MaxValue || range.First.Value <= last.Last.Value + 1))
                joined[^1] = last with { Last = last.Last > range.Last ? last.Last : range.Last };
            else
                joined.Add(range);
        return joined.ToValueArray();
    }
}
