using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config.Rules;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>
/// Judges the pools from the oldest on. One at fault is frozen in its last valid form; without one, in what can be read of the present form.
/// </summary>
internal sealed class PoolCompiler(ImmutableSortedDictionary<string, NamespaceView> namespaces)
{
    private readonly UniqueNameRule names = new();
    private readonly PoolOverlapRule overlaps = new();

    public (CompiledPool Pool, ValueArray<Problem> Problems) Compile(IPAddressPoolDeclaration declaration)
    {
        Faults faults = new(declaration.Meta);
        ShapeRule.Check(declaration.Meta, faults);
        names.Check(declaration.Meta, faults);
        CompiledPool pool = Read(declaration, faults);
        overlaps.Check(pool, faults);
        if (!faults.Any)
        {
            overlaps.AddValid(pool);
            return (pool, []);
        }
        CompiledPool frozen = ReadLastValid(declaration) ?? pool;
        return (frozen with { State = PoolState.Frozen }, faults.ToProblems());
    }

    private CompiledPool? ReadLastValid(IPAddressPoolDeclaration declaration)
    {
        if (declaration.LastValid is not { } last) return null;
        Faults faults = new(declaration.Meta);
        ShapeRule.Check(last.Meta, faults);
        CompiledPool pool = Read(last, faults);
        return faults.Any ? null : pool with { Name = declaration.Meta.Key.Name, Key = declaration.Meta.Key, Labels = declaration.Meta.Labels, FromLastValid = true };
    }

    private CompiledPool Read(IPAddressPoolDeclaration declaration, Faults faults)
    {
        ValueArray<IpRange> ranges = PoolAddressesRule.Compile(declaration.Addresses, faults);
        ValueArray<IpRange> excluded = PoolExcludeRule.Compile(declaration.Exclude, faults);
        PoolAudience audience = ServiceAllocationRule.Compile(declaration.ServiceAllocation, namespaces, faults);
        PoolQuota? quota = PoolQuotaRule.Compile(declaration.Quota, faults);
        return new(
            declaration.Meta.Key.Name, declaration.Meta.Labels, PoolState.Ready, ranges, excluded, declaration.AutoAssign, declaration.AvoidBuggyIPs,
            audience.Priority, audience.Namespaces, audience.ServiceSelectors, audience.IsPinned) { Key = declaration.Meta.Key, Quota = quota };
    }
}
