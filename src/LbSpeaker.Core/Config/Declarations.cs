using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>What every declaration has: whose words these are.</summary>
/// <param name="Kind">The Kubernetes kind, such as IPAddressPool.</param>
public sealed record DeclarationMeta(string Kind, ObjectKey Key)
{
    public string Uid { get; init; } = "";
    public Age Age { get; init; }
    public LabelSet Labels { get; init; } = LabelSet.Empty;
    /// <summary>metadata.generation, which conditions repeat as observedGeneration; 0 where unknown.</summary>
    public long Generation { get; init; }
    /// <summary>What was wrong with the object's shape (a field of a wrong type, an unknown field), in words.</summary>
    public ValueArray<string> ShapeFaults { get; init; }
}

/// <summary>A label selector as the user wrote it; compiling checks it.</summary>
public sealed record SelectorDeclaration(LabelSet MatchLabels, ValueArray<SelectorExpressionDeclaration> MatchExpressions);

public sealed record SelectorExpressionDeclaration(string Key, string Operator, ValueArray<string> Values);

/// <summary>A declaration of one of the configuration kinds.</summary>
/// <remarks>
/// <c>LastValid</c> of each kind is the spec in the object's status.lastValid: what stays in force while the present spec is invalid.
/// Null where there is none or it cannot be read.
/// </remarks>
public abstract record ConfigDeclaration(DeclarationMeta Meta);

public sealed record IPAddressPoolDeclaration(DeclarationMeta Meta) : ConfigDeclaration(Meta)
{
    public ValueArray<string> Addresses { get; init; }
    public bool AutoAssign { get; init; } = true;
    public bool AvoidBuggyIPs { get; init; }
    /// <summary>Addresses, ranges and prefixes that are never given out.</summary>
    public ValueArray<string> Exclude { get; init; }
    public ServiceAllocationDeclaration? ServiceAllocation { get; init; }
    public QuotaDeclaration? Quota { get; init; }
    public IPAddressPoolDeclaration? LastValid { get; init; }
}

/// <summary>spec.serviceAllocation of a pool: for whom it is, and how early it is tried.</summary>
/// <param name="Priority">The lower non-zero value goes first; 0 sorts after all others.</param>
public sealed record ServiceAllocationDeclaration(int Priority)
{
    public ValueArray<string> Namespaces { get; init; }
    public ValueArray<SelectorDeclaration> NamespaceSelectors { get; init; }
    public ValueArray<SelectorDeclaration> ServiceSelectors { get; init; }
}

/// <summary>spec.quota of a pool: how many of its addresses a namespace may have.</summary>
/// <param name="PerNamespace">Of each namespace that is not listed; null: no limit.</param>
public sealed record QuotaDeclaration(int? PerNamespace, ValueArray<NamespaceQuotaDeclaration> Namespaces);

/// <param name="Max">Null where it is missing or no number, which is a fault of the object's shape.</param>
public sealed record NamespaceQuotaDeclaration(string Name, int? Max);

public sealed record L2AdvertisementDeclaration(DeclarationMeta Meta) : ConfigDeclaration(Meta)
{
    public ValueArray<string> IPAddressPools { get; init; }
    public ValueArray<SelectorDeclaration> IPAddressPoolSelectors { get; init; }
    public ValueArray<SelectorDeclaration> NodeSelectors { get; init; }
    public ValueArray<SelectorDeclaration> ServiceSelectors { get; init; }
    /// <summary>Exact interface names; empty means all.</summary>
    public ValueArray<string> Interfaces { get; init; }
    public ValueArray<PreferredNodeSelectorDeclaration> PreferredNodeSelectors { get; init; }
    public bool Rebalance { get; init; }
    public L2AdvertisementDeclaration? LastValid { get; init; }
}

/// <param name="Weight">1 to 100; null where it is missing or no number, which is a fault of the object's shape.</param>
public sealed record PreferredNodeSelectorDeclaration(int? Weight, SelectorDeclaration Preference);
