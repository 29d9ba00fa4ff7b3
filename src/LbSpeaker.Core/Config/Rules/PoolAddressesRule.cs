using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>A pool has addresses, each entry can be read, and none covers what another entry of the same pool covers.</summary>
internal static class PoolAddressesRule
{
    /// <summary>The readable entries in the order written; an entry repeated word for word or in another notation counts once.</summary>
    public static ValueArray<IpRange> Compile(ValueArray<string> addresses, Faults faults)
    {
        // Addresses of a wrong type have been told already.
        if (addresses.IsEmpty && !faults.Of("spec.addresses")) faults.Add(ProblemReason.NoAddresses, "addresses is empty: the pool needs at least one prefix, range or address");
        List<IpRange> ranges = [];
        foreach (string entry in addresses)
        {
            if (!IpRange.TryParse(entry, out IpRange range, out string? error))
            {
                faults.Add(ProblemReason.InvalidAddress, $"addresses: {error}");
                continue;
            }
            if (ranges.Contains(range)) continue;
            foreach (IpRange other in ranges)
                if (range.Overlaps(other)) faults.Add(ProblemReason.Overlap, $"addresses: \"{entry}\" overlaps {other} in the same pool");
            ranges.Add(range);
        }
        return ranges.ToValueArray();
    }
}
