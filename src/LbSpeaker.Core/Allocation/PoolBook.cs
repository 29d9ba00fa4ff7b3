using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>The pools of one configuration: by name, by address, and in the order in which they are tried.</summary>
internal sealed class PoolBook
{
    private readonly PoolEntry[] pools;
    private readonly Dictionary<string, PoolEntry> byName = new(StringComparer.Ordinal);
    /// <summary>Ranges of ready pools, which are disjoint, by first address.</summary>
    private readonly (IpRange Range, PoolEntry Pool)[] ranges;
    private readonly PoolEntry[] frozen;
    private readonly PoolEntry[] limited;
    private readonly PoolEntry[] pinned;
    private readonly Dictionary<string, PoolEntry[]> pinnedByNamespace = new(StringComparer.Ordinal);

    public PoolBook(CompiledConfig config)
    {
        pools = [.. config.Pools.AsEnumerable().Select(p => new PoolEntry(p))];
        foreach (PoolEntry pool in pools) byName.TryAdd(pool.Name, pool);
        PoolEntry[] ready = [.. pools.Where(p => !p.IsFrozen)];
        frozen = [.. pools.Where(p => p.IsFrozen)];
        limited = [.. ready.Where(p => p.Pool.Quota is not null)];
        ranges = [.. ready.SelectMany(p => p.Pool.Ranges.AsEnumerable().Select(r => (r, p))).OrderBy(r => r.r)];
        General = [.. ready.Where(p => p.Pool.AutoAssign && !p.Pool.IsPinned)];
        // The sort is stable and the pools are sorted by name.
        pinned = [.. ready.Where(p => p.Pool.AutoAssign && p.Pool.IsPinned).OrderBy(p => p.Pool.Priority == 0).ThenBy(p => p.Pool.Priority)];
    }

    /// <summary>Sorted by name.</summary>
    public ReadOnlySpan<PoolEntry> All => pools;

    /// <summary>Pools for everyone that give on their own, in the order in which they are tried.</summary>
    public PoolEntry[] General { get; }

    /// <summary>Pools pinned to Services of the namespace that give on their own, in the order in which they are tried. Their service selectors are not asked.</summary>
    public PoolEntry[] PinnedFor(string name)
    {
        if (pinned.Length == 0) return pinned;
        if (!pinnedByNamespace.TryGetValue(name, out PoolEntry[]? found))
            pinnedByNamespace[name] = found = [.. pinned.Where(p => p.ServesNamespace(name))];
        return found;
    }

    /// <summary>Whether somebody who waits was told of a quota what is not so any more; it is told again then.</summary>
    public bool TakeQuotaNews()
    {
        bool isNews = false;
        foreach (PoolEntry pool in limited)
            foreach (QuotaAccount account in pool.ToldOf)
                if (account.IsToldWrong)
                {
                    isNews = true;
                    account.Forget();
                    pool.ToldOf.Remove(account);
                }
        return isNews;
    }

    public PoolEntry? Find(string name) => byName.GetValueOrDefault(name);

    public PoolEntry? FindReady(IpAddress address)
    {
        int low = 0, high = ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            IpRange range = ranges[middle].Range;
            if (address < range.First) high = middle - 1;
            else if (address > range.Last) low = middle + 1;
            else return ranges[middle].Pool;
        }
        return null;
    }

    /// <summary>The first frozen pool, by name, that covers the address and fulfils the condition.</summary>
    public PoolEntry? FindFrozen(IpAddress address, Func<PoolEntry, bool>? condition = null)
    {
        foreach (PoolEntry pool in frozen)
            if (pool.Pool.Covers(address) && (condition is null || condition(pool))) return pool;
        return null;
    }
}
