using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>An advertisement selects pools by name and by label, together; with neither it selects all. What it selects in vain is suspicious but no fault.</summary>
internal static class PoolSelectionRule
{
    public static ValueArray<string> Compile(ValueArray<string> names, ValueArray<SelectorDeclaration> selectors, ValueArray<CompiledPool> pools, Faults faults)
    {
        ValueArray<LabelSelector> compiled = SelectorRule.Compile(selectors, "ipAddressPoolSelectors", faults);
        bool all = names.IsEmpty && selectors.IsEmpty;
        SortedSet<string> selected = new(StringComparer.Ordinal);
        foreach (CompiledPool pool in pools)
            if (all || names.Contains(pool.Name) || !compiled.IsEmpty && compiled.AnyMatches(pool.Labels)) selected.Add(pool.Name);
        return selected.ToValueArray();
    }

    public static IEnumerable<string> Warn(ValueArray<string> names, CompiledAdvertisement? inForce, ValueArray<CompiledPool> pools)
    {
        foreach (string name in names.AsEnumerable().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            if (!pools.AsEnumerable().Any(p => p.Name == name)) yield return $"selects the pool {name}, which does not exist";
        if (inForce is { Pools.IsEmpty: true }) yield return "selects no pool: it announces nothing";
    }
}
