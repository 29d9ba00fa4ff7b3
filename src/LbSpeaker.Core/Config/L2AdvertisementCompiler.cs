using LbSpeaker.Core.Config.Rules;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>
/// Judges the L2Advertisements from the oldest on. One at fault is in force in its last valid form, or left out where it has none.
/// </summary>
internal sealed class L2AdvertisementCompiler(ValueArray<CompiledPool> pools)
{
    private readonly UniqueNameRule names = new();

    public (CompiledL2Advertisement? InForce, ConfigVerdict Verdict) Compile(L2AdvertisementDeclaration declaration)
    {
        Faults faults = new(declaration.Meta);
        ShapeRule.Check(declaration.Meta, faults);
        names.Check(declaration.Meta, faults);
        CompiledL2Advertisement? inForce = Read(declaration, declaration.Meta, faults);
        ConfigStanding standing = ConfigStanding.Valid;
        if (faults.Any)
        {
            inForce = ReadLastValid(declaration);
            standing = inForce is null ? ConfigStanding.LeftOut : ConfigStanding.LastValid;
        }
        return (inForce, new(declaration.Meta, standing, faults.ToProblems(), Warn(declaration, inForce)));
    }

    private CompiledL2Advertisement? ReadLastValid(L2AdvertisementDeclaration declaration)
    {
        if (declaration.LastValid is not { } last) return null;
        Faults faults = new(declaration.Meta);
        ShapeRule.Check(last.Meta, faults);
        CompiledL2Advertisement read = Read(last, declaration.Meta, faults);
        return faults.Any ? null : read;
    }

    private CompiledL2Advertisement Read(L2AdvertisementDeclaration declaration, DeclarationMeta meta, Faults faults)
    {
        ValueArray<LabelSelector> poolSelectors = SelectorRule.Compile(declaration.IPAddressPoolSelectors, "ipAddressPoolSelectors", faults);
        return new(
            meta.Key,
            SelectPools(declaration, poolSelectors),
            SelectorRule.Compile(declaration.NodeSelectors, "nodeSelectors", faults),
            SelectorRule.Compile(declaration.ServiceSelectors, "serviceSelectors", faults),
            declaration.Interfaces.AsEnumerable().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToValueArray(),
            PreferredNodesRule.Compile(declaration.PreferredNodeSelectors, faults));
    }

    private ValueArray<string> SelectPools(L2AdvertisementDeclaration declaration, ValueArray<LabelSelector> selectors)
    {
        bool all = declaration.IPAddressPools.IsEmpty && declaration.IPAddressPoolSelectors.IsEmpty;
        SortedSet<string> selected = new(StringComparer.Ordinal);
        foreach (CompiledPool pool in pools)
            if (all || declaration.IPAddressPools.Contains(pool.Name) || !selectors.IsEmpty && selectors.AnyMatches(pool.Labels)) selected.Add(pool.Name);
        return selected.ToValueArray();
    }

    private ValueArray<string> Warn(L2AdvertisementDeclaration declaration, CompiledL2Advertisement? inForce)
    {
        List<string> warnings = [];
        foreach (string name in declaration.IPAddressPools.AsEnumerable().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            if (!pools.AsEnumerable().Any(p => p.Name == name)) warnings.Add($"selects the pool {name}, which does not exist");
        if (inForce is { Pools.IsEmpty: true }) warnings.Add("selects no pool: it announces nothing");
        return warnings.ToValueArray();
    }
}
