using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Routing;

/// <summary>Why routes that are to be announced are not sent on a session that is up. The names are an API (reports); README.md lists them.</summary>
public enum WithheldReason
{
    /// <summary>The router does not exchange the address family.</summary>
    FamilyNotNegotiated,
    /// <summary>This node has no address on the session's interface that could be their next hop.</summary>
    NoNextHop,
    /// <summary>They carry more communities than fit into a message.</summary>
    TooManyCommunities,
}

/// <param name="Count">Prefixes; 1 and up.</param>
public readonly record struct WithheldRoutes(IpFamily Family, WithheldReason Reason, int Count);
