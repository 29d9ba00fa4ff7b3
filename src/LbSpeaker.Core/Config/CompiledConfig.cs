using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>
/// The configuration after checking: what is in force, in a fixed order, and what was found wrong. Nothing in it depends on Services.
/// </summary>
/// <param name="Pools">Sorted by name, of equal names the oldest first; frozen ones included.</param>
/// <param name="L2Advertisements">Sorted by namespace and name.</param>
/// <param name="Verdicts">One for each declaration, sorted by kind, namespace and name.</param>
public sealed record CompiledConfig(
    ValueArray<CompiledPool> Pools,
    ValueArray<CompiledL2Advertisement> L2Advertisements,
    ValueArray<ConfigVerdict> Verdicts)
{
    public static CompiledConfig Empty { get; } = new([], [], []);

    /// <summary>The oldest first: where two disagree and the younger yields, the first stands.</summary>
    public ValueArray<CompiledBgpAdvertisement> BgpAdvertisements { get; init; }

    /// <summary>Sorted by name.</summary>
    public ValueArray<CompiledBgpPeer> BgpPeers { get; init; }

    /// <summary>The same with these addresses in quarantine in the pools that cover them.</summary>
    public CompiledConfig WithQuarantine(IReadOnlyCollection<IpAddress> addresses) => addresses.Count == 0 ? this : this with
    {
        Pools = Pools.Select(p => addresses.Where(p.Covers).Order().ToValueArray() is { IsEmpty: false } covered ? p with { Quarantined = covered } : p).ToValueArray(),
    };

    /// <summary>All faults of all declarations, sorted.</summary>
    public IEnumerable<Problem> Problems => Verdicts.SelectMany(v => v.Problems).Order();
}

/// <summary>What becomes of a declaration.</summary>
public enum ConfigStanding
{
    /// <summary>In force as written.</summary>
    Valid,
    /// <summary>A pool at fault: nothing new is taken from it, what it gave stays.</summary>
    Frozen,
    /// <summary>At fault: its last valid form is in force.</summary>
    LastValid,
    /// <summary>At fault, and there is no last valid form.</summary>
    LeftOut,
}

/// <summary>The judgement over one declaration: its conditions and ConfigurationState are written from this.</summary>
/// <param name="Warnings">What is suspicious but no fault (a reference that selects nothing, a pool without advertisement), in words.</param>
public sealed record ConfigVerdict(DeclarationMeta Meta, ConfigStanding Standing, ValueArray<Problem> Problems, ValueArray<string> Warnings);
