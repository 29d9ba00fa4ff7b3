using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>The numbers of spec.quota are not negative, and a namespace has one.</summary>
internal static class PoolQuotaRule
{
    public static PoolQuota? Compile(QuotaDeclaration? declaration, Faults faults)
    {
        if (declaration is null) return null;
        if (declaration.PerNamespace is { } each) RangeRule.Check(each, 0, int.MaxValue, "quota.perNamespace", faults);
        SortedDictionary<string, int> limits = new(StringComparer.Ordinal);
        for (int i = 0; i < declaration.Namespaces.Count; i++)
        {
            NamespaceQuotaDeclaration quota = declaration.Namespaces[i];
            if (quota.Max is not { } max) continue;
            RangeRule.Check(max, 0, int.MaxValue, $"quota.namespaces[{i}].max", faults);
            if (!limits.TryAdd(quota.Name, max)) faults.Add(ProblemReason.Duplicate, $"quota.namespaces[{i}]: the namespace {quota.Name} is listed twice");
        }
        return new(declaration.PerNamespace, limits.Select(l => new NamespaceQuota(l.Key, l.Value)).ToValueArray());
    }
}
