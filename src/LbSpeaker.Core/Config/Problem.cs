using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Config;

/// <summary>
/// Why an object that somebody wrote is at fault. The names are an API: plan, validate, conditions, events and metrics use them as they are.
/// </summary>
public enum ProblemReason
{
    /// <summary>A field of a wrong type, an unknown or a missing field.</summary>
    Malformed,
    /// <summary>A pool without addresses.</summary>
    NoAddresses,
    /// <summary>An address, prefix or range that cannot be read, or a reversed one.</summary>
    InvalidAddress,
    /// <summary>Addresses that the same pool or an older one already has.</summary>
    Overlap,
    /// <summary>A selector with an unknown operator, an empty key, or values that do not fit the operator.</summary>
    InvalidSelector,
    /// <summary>The same name, alias or object twice; the younger is at fault.</summary>
    Duplicate,
    /// <summary>Two declarations that cannot both hold; the younger is at fault.</summary>
    Conflict,
    /// <summary>A number outside its range.</summary>
    OutOfRange,
    /// <summary>Fields that exclude each other, or none of those of which one is needed.</summary>
    ExclusiveFields,
    /// <summary>A community, or an alias of one, that cannot be read.</summary>
    InvalidCommunity,
    /// <summary>An alias that no Community object has.</summary>
    UnknownCommunity,
    /// <summary>Announced prefixes that would reach beyond what a pool lists.</summary>
    InvalidAggregation,
    /// <summary>A name in a Service's request that nothing has.</summary>
    UnknownPool,
    /// <summary>A Service's request that cannot be read, or of two addresses of one family.</summary>
    InvalidRequest,
    /// <summary>Addresses requested both in spec.loadBalancerIP and by annotation.</summary>
    TwoRequestSources,
    /// <summary>A requested address that no pool has.</summary>
    AddressNotInPool,
    /// <summary>A Service names an IPClaim that its namespace does not have.</summary>
    UnknownClaim,
}

/// <summary>One object's fault. The rest of the plan stands.</summary>
public sealed record Problem(string Kind, ObjectKey Key, ProblemReason Reason, string Message) : IComparable<Problem>
{
    public int CompareTo(Problem? other)
    {
        if (other is null) return 1;
        int order = string.CompareOrdinal(Kind, other.Kind);
        if (order == 0) order = Key.CompareTo(other.Key);
        if (order == 0) order = Reason.CompareTo(other.Reason);
        return order != 0 ? order : string.CompareOrdinal(Message, other.Message);
    }
}
