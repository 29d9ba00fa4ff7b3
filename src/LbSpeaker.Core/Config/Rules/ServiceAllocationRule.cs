using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config.Rules;

/// <summary>For whom a pool is (spec.serviceAllocation).</summary>
/// <param name="Namespaces">As in <see cref="CompiledPool.Namespaces"/>.</param>
internal sealed record PoolAudience(int Priority, ValueArray<string>? Namespaces, ValueArray<LabelSelector> ServiceSelectors, bool IsPinned)
{
    public static PoolAudience Everyone { get; } = new(0, null, [], false);
}

/// <summary>The selectors of spec.serviceAllocation can be read.</summary>
internal static class ServiceAllocationRule
{
    public static PoolAudience Compile(ServiceAllocationDeclaration? declaration, ImmutableSortedDictionary<string, NamespaceView> namespaces, Faults faults)
    {
        if (declaration is null) return PoolAudience.Everyone;
        ValueArray<LabelSelector> namespaceSelectors = SelectorRule.Compile(declaration.NamespaceSelectors, "serviceAllocation.namespaceSelectors", faults);
        ValueArray<LabelSelector> serviceSelectors = SelectorRule.Compile(declaration.ServiceSelectors, "serviceAllocation.serviceSelectors", faults);

        ValueArray<string>? allowed = null;
        if (!declaration.Namespaces.IsEmpty || !declaration.NamespaceSelectors.IsEmpty)
        {
            SortedSet<string> names = new(declaration.Namespaces, StringComparer.Ordinal);
            if (!namespaceSelectors.IsEmpty)
                foreach (NamespaceView view in namespaces.Values)
                    if (namespaceSelectors.AnyMatches(view.Labels)) names.Add(view.Name);
            allowed = names.ToValueArray();
        }
        return new(declaration.Priority, allowed, serviceSelectors, allowed is not null || !serviceSelectors.IsEmpty || declaration.Priority != 0);
    }
}
