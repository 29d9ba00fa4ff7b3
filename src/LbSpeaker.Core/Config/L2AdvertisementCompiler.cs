using LbSpeaker.Core.Config.Rules;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>Judges the L2Advertisements.</summary>
internal sealed class L2AdvertisementCompiler(ValueArray<CompiledPool> pools)
{
    private readonly Judge judge = new();

    public Judged<CompiledL2Advertisement> Compile(L2AdvertisementDeclaration declaration) =>
        judge.Decide(declaration, declaration.LastValid, Read, check: null, inForce => PoolSelectionRule.Warn(declaration.IPAddressPools, inForce, pools));

    private CompiledL2Advertisement Read(L2AdvertisementDeclaration declaration, Faults faults) => new(
        declaration.Meta.Key,
        PoolSelectionRule.Compile(declaration.IPAddressPools, declaration.IPAddressPoolSelectors, pools, faults),
        SelectorRule.Compile(declaration.NodeSelectors, "nodeSelectors", faults),
        SelectorRule.Compile(declaration.ServiceSelectors, "serviceSelectors", faults),
        declaration.Interfaces.AsEnumerable().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToValueArray(),
        PreferredNodesRule.Compile(declaration.PreferredNodeSelectors, faults))
    {
        Rebalances = declaration.Rebalance,
    };
}
