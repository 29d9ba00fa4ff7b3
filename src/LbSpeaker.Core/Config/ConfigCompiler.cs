using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>
/// Judges every declaration by itself and, where two clash, against the older one. All faults are collected; none stops the rest.
/// </summary>
public static class ConfigCompiler
{
    /// <param name="namespaces">What the pools' namespace selectors choose from.</param>
    public static CompiledConfig Compile(ConfigDeclarations declarations, ImmutableSortedDictionary<string, NamespaceView> namespaces)
    {
        PoolCompiler poolCompiler = new(namespaces);
        List<(CompiledPool Pool, IPAddressPoolDeclaration Declaration, ValueArray<Problem> Problems)> judged = [];
        foreach (IPAddressPoolDeclaration declaration in OldestFirst(declarations.Pools.Values))
        {
            (CompiledPool pool, ValueArray<Problem> problems) = poolCompiler.Compile(declaration);
            judged.Add((pool, declaration, problems));
        }
        // The sort is stable: of pools with one name the oldest stays first.
        ValueArray<CompiledPool> pools = judged.Select(j => j.Pool).OrderBy(p => p.Name, StringComparer.Ordinal).ToValueArray();

        L2AdvertisementCompiler advertisementCompiler = new(pools);
        List<CompiledL2Advertisement> advertisements = [];
        List<ConfigVerdict> verdicts = [];
        foreach (L2AdvertisementDeclaration declaration in OldestFirst(declarations.L2Advertisements.Values))
        {
            (CompiledL2Advertisement? inForce, ConfigVerdict verdict) = advertisementCompiler.Compile(declaration);
            if (inForce is not null) advertisements.Add(inForce);
            verdicts.Add(verdict);
        }

        HashSet<string> advertised = new(advertisements.SelectMany(a => a.Pools), StringComparer.Ordinal);
        foreach ((CompiledPool pool, IPAddressPoolDeclaration declaration, ValueArray<Problem> problems) in judged)
            verdicts.Add(new(
                declaration.Meta,
                pool.State == PoolState.Ready ? ConfigStanding.Valid : ConfigStanding.Frozen,
                problems,
                Warn(pool, advertised)));

        return new(
            pools,
            advertisements.OrderBy(a => a.Key).ToValueArray(),
            verdicts.OrderBy(v => v.Meta.Kind, StringComparer.Ordinal).ThenBy(v => v.Meta.Key).ToValueArray());
    }

    private static IEnumerable<T> OldestFirst<T>(IEnumerable<T> declarations) where T : ConfigDeclaration =>
        declarations.OrderBy(d => d.Meta.Age).ThenBy(d => d.Meta.Key.Name, StringComparer.Ordinal).ThenBy(d => d.Meta.Key);

    private static ValueArray<string> Warn(CompiledPool pool, HashSet<string> advertised)
    {
        List<string> warnings = [];
        if (!advertised.Contains(pool.Name)) warnings.Add("no advertisement selects it: its addresses are given but not announced");
        if (pool.Namespaces is { IsEmpty: true }) warnings.Add("serviceAllocation selects no namespace: it serves no Service");
        return warnings.ToValueArray();
    }
}
