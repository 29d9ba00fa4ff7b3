using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>Preferences for nodes have a weight from 1 to 100 and a selector that can be read.</summary>
internal static class PreferredNodesRule
{
    public static ValueArray<PreferredNodes> Compile(ValueArray<PreferredNodeSelectorDeclaration> declarations, Faults faults)
    {
        List<PreferredNodes> compiled = [];
        for (int i = 0; i < declarations.Count; i++)
        {
            PreferredNodeSelectorDeclaration declaration = declarations[i];
            if (declaration.Weight is < 1 or > 100)
                faults.Add(ProblemReason.OutOfRange, $"preferredNodeSelectors[{i}].weight is {declaration.Weight}: expected 1 to 100");
            if (!SelectorRule.TryCompile(declaration.Preference, $"preferredNodeSelectors[{i}].preference", faults, out LabelSelector selector) || declaration.Weight is not { } weight) continue;
            PreferredNodes preferred = new(weight, selector);
            if (!compiled.Contains(preferred)) compiled.Add(preferred);
        }
        return compiled.ToValueArray();
    }
}
