using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>A router to announce to. Numbers are as wide as the user may write them; compiling checks their ranges.</summary>
public sealed record BgpPeerDeclaration(DeclarationMeta Meta) : ConfigDeclaration(Meta)
{
    public long MyAsn { get; init; }
    /// <summary>0 where not given.</summary>
    public long PeerAsn { get; init; }
    /// <summary><c>internal</c> or <c>external</c> instead of a number.</summary>
    public string? DynamicAsn { get; init; }
    public long? LocalAsn { get; init; }
    public string? PeerAddress { get; init; }
    public string? Interface { get; init; }
    public string? SourceAddress { get; init; }
    public int? PeerPort { get; init; }
    public TimeSpan? HoldTime { get; init; }
    public TimeSpan? KeepaliveTime { get; init; }
    public TimeSpan? ConnectTime { get; init; }
    public string? RouterId { get; init; }
    public ValueArray<SelectorDeclaration> NodeSelectors { get; init; }
    public SecretText? Password { get; init; }
    /// <summary>Name of a Secret of type kubernetes.io/basic-auth in the peer's namespace, whose key <c>password</c> is the password.</summary>
    public string? PasswordSecret { get; init; }
    public string? BfdProfile { get; init; }
    public bool EnableGracefulRestart { get; init; }
    public bool EbgpMultiHop { get; init; }
    public string? Vrf { get; init; }
    public bool DualStackAddressFamily { get; init; }
    /// <summary>Ours: GTSM (RFC 5082); how many hops away the router may be, 1 for a neighbour.</summary>
    public int? TtlSecurity { get; init; }
    /// <summary>Ours: wait for the router to connect.</summary>
    public bool Passive { get; init; }
    public BgpPeerDeclaration? LastValid { get; init; }
}

/// <summary>Which addresses are announced to which routers, and with which attributes.</summary>
public sealed record BgpAdvertisementDeclaration(DeclarationMeta Meta) : ConfigDeclaration(Meta)
{
    public int AggregationLength { get; init; } = 32;
    public int AggregationLengthV6 { get; init; } = 128;
    public long LocalPref { get; init; }
    /// <summary>Communities, or aliases of ones.</summary>
    public ValueArray<string> Communities { get; init; }
    public ValueArray<string> IPAddressPools { get; init; }
    public ValueArray<SelectorDeclaration> IPAddressPoolSelectors { get; init; }
    public ValueArray<SelectorDeclaration> NodeSelectors { get; init; }
    public ValueArray<SelectorDeclaration> ServiceSelectors { get; init; }
    /// <summary>Names of BGPPeers; empty means all.</summary>
    public ValueArray<string> Peers { get; init; }
    /// <summary>Ours: MULTI_EXIT_DISC; not sent where null.</summary>
    public long? Med { get; init; }
    /// <summary>Ours: how many times more our AS number stands in the path.</summary>
    public int AsPathPrepend { get; init; }
    /// <summary>Ours: tell the router how many ready endpoints the node has (draft-ietf-idr-link-bandwidth).</summary>
    public bool LinkBandwidth { get; init; }
    public BgpAdvertisementDeclaration? LastValid { get; init; }
}

/// <summary>How a session is watched (RFC 5880). Intervals in milliseconds; null where not given.</summary>
public sealed record BfdProfileDeclaration(DeclarationMeta Meta) : ConfigDeclaration(Meta)
{
    public int? ReceiveInterval { get; init; }
    public int? TransmitInterval { get; init; }
    public int? DetectMultiplier { get; init; }
    public int? EchoInterval { get; init; }
    public bool EchoMode { get; init; }
    public bool PassiveMode { get; init; }
    public int? MinimumTtl { get; init; }
    /// <summary>Ours: no BGP session before the BFD session is up (RFC 5882 section 3.2).</summary>
    public bool StrictMode { get; init; }
    public BfdProfileDeclaration? LastValid { get; init; }
}

/// <summary>Aliases of communities.</summary>
public sealed record CommunityDeclaration(DeclarationMeta Meta) : ConfigDeclaration(Meta)
{
    public ValueArray<CommunityAliasDeclaration> Communities { get; init; }
    public CommunityDeclaration? LastValid { get; init; }
}

public sealed record CommunityAliasDeclaration(string Name, string Value);
