using System.Globalization;
using System.Text;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>Why a search came back without everything.</summary>
internal sealed record SearchFailure(AllocationReason Reason, string Message);

/// <summary>Says pool by pool why a Service gets nothing from it.</summary>
internal static class PoolAnswers
{
    /// <summary>An event's text has room for about as many.</summary>
    private const int MostNamed = 24;
    private const int MostRanges = 4;

    public static string Describe(ServiceView service, ReadOnlySpan<PoolEntry> asked, bool isByName, bool lacks4, bool lacks6)
    {
        string families = lacks4 && lacks6 ? "IPv4 and IPv6" : lacks4 ? "IPv4" : "IPv6";
        return $"no available {families} address: {List(asked, p => $"{p.Name}: {Why(service, p, isByName, lacks4, lacks6)}", "; ")}";
    }

    /// <summary>What there is to choose from, as the end of a sentence that begins with "there".</summary>
    public static string Names(ReadOnlySpan<PoolEntry> pools) => pools.IsEmpty ? "is none" : pools.Length == 1 ? $"is {pools[0].Name}" : "are " + List(pools, static p => p.Name, ", ");

    /// <summary>What each pool covers.</summary>
    public static string Ranges(ReadOnlySpan<PoolEntry> pools) => pools.IsEmpty ? "there is none" : List(pools, static p => $"{p.Name} has {Ranges(p)}", "; ");

    /// <summary>Why the pool does not serve the Service; null where it does.</summary>
    public static string? NotAllowed(ServiceView service, PoolEntry pool) =>
        !pool.ServesNamespace(service.Key.Namespace) ? $"namespace {service.Key.Namespace} not selected"
        : !pool.Serves(service) ? "no service selector matches"
        : null;

    /// <summary>The quota, where it is what keeps a pool that serves the Service from giving it anything; null otherwise.</summary>
    /// <param name="isByName">The pool was asked for.</param>
    public static QuotaAccount? ExhaustedQuota(ServiceView service, PoolEntry pool, bool isByName, bool lacks4, bool lacks6) =>
        !pool.IsFrozen && NotAllowed(service, pool) is null && (pool.Pool.AutoAssign || isByName)
        && (lacks4 && pool.HasFree(IpFamily.IPv4) || lacks6 && pool.HasFree(IpFamily.IPv6)) && pool.QuotaOf(service.Key.Namespace) is { Left: 0 } quota ? quota : null;

    private static string List(ReadOnlySpan<PoolEntry> pools, Func<PoolEntry, string> say, string separator)
    {
        StringBuilder text = new();
        foreach (PoolEntry pool in pools[..Math.Min(pools.Length, MostNamed)])
        {
            if (text.Length > 0) text.Append(separator);
            text.Append(say(pool));
        }
        if (pools.Length > MostNamed) text.Append(CultureInfo.InvariantCulture, $"{separator}and {pools.Length - MostNamed} more pools");
        return text.ToString();
    }

    private static string Ranges(PoolEntry pool) => pool.Pool.Ranges.Count switch
    {
        0 => "none that can be read",
        > MostRanges => $"{string.Join(", ", pool.Pool.Ranges.Take(MostRanges))}, …",
        _ => string.Join(", ", pool.Pool.Ranges.AsEnumerable()),
    };

    private static string Why(ServiceView service, PoolEntry pool, bool isByName, bool lacks4, bool lacks6)
    {
        if (pool.IsFrozen) return "frozen";
        if (NotAllowed(service, pool) is { } why) return why;
        if (!pool.Pool.AutoAssign && !isByName) return "autoAssign off";
        if (ExhaustedQuota(service, pool, isByName, lacks4, lacks6) is { } quota) return quota.Tell();
        if (lacks4 && lacks6 && pool.Space(IpFamily.IPv4) is not null && pool.Space(IpFamily.IPv6) is not null)
            return $"IPv4 {Family(pool, IpFamily.IPv4)}, IPv6 {Family(pool, IpFamily.IPv6)}";
        if (lacks4 && lacks6) return $"{Family(pool, IpFamily.IPv4)}, {Family(pool, IpFamily.IPv6)}";
        return Family(pool, lacks4 ? IpFamily.IPv4 : IpFamily.IPv6);
    }

    private static string Family(PoolEntry pool, IpFamily family)
    {
        if (pool.Space(family) is not { } space) return $"no {family}";
        if (space.Usable == 0) return "all excluded or avoided";
        return string.Create(CultureInfo.InvariantCulture, $"exhausted {space.Usable - space.Free}/{space.Usable}");
    }
}
