using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Reports;

/// <summary>What came of an address that somebody else was heard to have. A closed set whose names are an API; README.md lists them.</summary>
public enum ConflictOutcome
{
    /// <summary>It was not claimed: somebody else had it before, or wanted it at the same time and goes first.</summary>
    Refused,
    /// <summary>It is ours and was said to be (RFC 5227 section 2.4); the other goes on using it, or has given up.</summary>
    Defended,
    /// <summary>The speaker of another node has it, which ranks before this one: it is not answered here.</summary>
    Yielded,
}

/// <summary>Somebody else has an address that this node is to answer for.</summary>
/// <param name="Mac">Who.</param>
/// <param name="Interface">Where that was heard.</param>
/// <param name="Fellow">The node whose speaker it is; null for a stranger.</param>
/// <param name="Since">When it was first heard.</param>
public sealed record AddressConflict(IpAddress Address, MacAddress Mac, string Interface, string? Fellow, ConflictOutcome Outcome, DateTimeOffset Since);
