using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>
/// No pool covers an address of an older valid one. Pools are shown to it from the oldest on. An older pool that is itself at fault
/// gives nothing new and so stands in nobody's way.
/// </summary>
internal sealed class PoolOverlapRule
{
    private readonly List<CompiledPool> valid = [];

    public void Check(CompiledPool pool, Faults faults)
    {
        foreach (CompiledPool older in valid)
            foreach (IpRange range in pool.Ranges)
                foreach (IpRange other in older.Ranges)
                    if (range.Overlaps(other)) faults.Add(ProblemReason.Overlap, $"{range} of {pool.Key} overlaps {other} of the older pool {older.Key}");
    }

    public void AddValid(CompiledPool pool) => valid.Add(pool);
}
