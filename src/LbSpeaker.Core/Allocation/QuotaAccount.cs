using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>How many addresses a namespace may have of a pool, and how many it has; one that is shared counts once.</summary>
internal sealed class QuotaAccount(PoolEntry pool, string ns, int limit)
{
    private (int Used, bool HasFree4, bool HasFree6)? told;

    /// <summary>More than the limit where it was lowered: what is held stays.</summary>
    public int Used { get; set; }

    public int Left => Math.Max(0, limit - Used);

    /// <summary>Somebody who waits was told something else than would be told now.</summary>
    public bool IsToldWrong => told is { } last && last != Now;

    private (int Used, bool HasFree4, bool HasFree6) Now => (Used, pool.HasFree(IpFamily.IPv4), pool.HasFree(IpFamily.IPv6));

    public string Tell()
    {
        told ??= Now;
        pool.ToldOf.Add(this);
        return $"quota {Used}/{limit} of the namespace {ns}";
    }

    /// <summary>Something was given back at once: what was told in between counts as told of what is held now.</summary>
    public void Retell()
    {
        if (told is { } last && last.Used > Used) told = last with { Used = Used };
    }

    public void Forget() => told = null;
}
