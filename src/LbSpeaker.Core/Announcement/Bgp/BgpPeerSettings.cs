using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement.Bgp;

public enum PeerAsKind
{
    /// <summary>One AS number.</summary>
    Number,
    /// <summary>Ours, whatever the router says first: iBGP.</summary>
    Internal,
    /// <summary>Any that is not ours: eBGP.</summary>
    External,
}

/// <summary>Which AS the router must be of.</summary>
/// <param name="Number">0 where the kind is not <see cref="PeerAsKind.Number"/>.</param>
public readonly record struct PeerAs(PeerAsKind Kind, uint Number)
{
    /// <param name="local">The AS number that we show the router.</param>
    public bool Accepts(uint remote, uint local) => Kind switch
    {
        PeerAsKind.Internal => remote == local,
        PeerAsKind.External => remote != local,
        _ => remote == Number,
    };

    public override string ToString() => Kind == PeerAsKind.Number ? Number.ToString(System.Globalization.CultureInfo.InvariantCulture) : Kind == PeerAsKind.Internal ? "internal" : "external";
}

/// <summary>
/// How a session is authenticated (RFC 2385). Where the password is to come from a Secret that is not there, a session that runs goes on and none is
/// begun: one without the password would be refused, or worse, accepted.
/// </summary>
/// <param name="Text">Null where there is none, or where it is missing.</param>
/// <param name="MissingSecret">The Secret that is not there, as namespace/name; null where nothing is missing.</param>
public sealed record BgpPassword(SecretText? Text, string? MissingSecret)
{
    public static BgpPassword None { get; } = new(null, null);
}

/// <summary>How a session is watched by BFD (RFC 5880, 5882).</summary>
/// <param name="Profile">Name of the BFDProfile.</param>
/// <param name="ReceiveInterval">Required minimum receive interval, 10 ms to 60 s; so are the others.</param>
/// <param name="DetectMultiplier">2 to 255.</param>
/// <param name="MinimumTtl">Of received packets, on multihop sessions only; 1 to 254.</param>
/// <param name="IsStrict">No BGP session before the BFD session is up.</param>
public sealed record BfdSettings(
    string Profile, TimeSpan ReceiveInterval, TimeSpan TransmitInterval, int DetectMultiplier, TimeSpan EchoInterval, bool UsesEcho, bool IsPassive, int MinimumTtl, bool IsStrict);

/// <summary>
/// Everything that makes a session: while it is equal by value the session stays, whatever else of the configuration changes; it stays when only the way in which
/// BFD watches it is another. Checked when compiled.
/// </summary>
public sealed record BgpPeerSettings(string Name)
{
    /// <summary>Our AS number (myASN), 1 and up.</summary>
    public required uint LocalAs { get; init; }

    /// <summary>Shown to this router instead of <see cref="LocalAs"/> (no-prepend replace-as); null where it is not.</summary>
    public uint? LocalAsOverride { get; init; }

    public required PeerAs PeerAs { get; init; }

    /// <summary>Null where the session is unnumbered over <see cref="Interface"/>.</summary>
    public IpAddress? Address { get; init; }

    /// <summary>The interface whose link-local neighbour is the router; null where <see cref="Address"/> is set.</summary>
    public string? Interface { get; init; }

    public int Port { get; init; } = 179;

    public IpAddress? SourceAddress { get; init; }

    /// <summary>BGP Identifier, an IPv4 address; null: chosen from the node's addresses.</summary>
    public IpAddress? RouterId { get; init; }

    /// <summary>Whole seconds: 0 (no hold timer) or 3 and up (RFC 4271 section 4.2).</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>At most <see cref="HoldTime"/>; 0 where that is 0.</summary>
    public TimeSpan KeepaliveTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between attempts to connect; null: growing, from a second to two minutes.</summary>
    public TimeSpan? ConnectTime { get; init; }

    public BgpPassword Password { get; init; } = BgpPassword.None;

    public BfdSettings? Bfd { get; init; }

    public bool GracefulRestart { get; init; }

    public bool MultiHop { get; init; }

    /// <summary>GTSM (RFC 5082): packets with a TTL below 256 less this are dropped; null: off.</summary>
    public int? TtlSecurity { get; init; }

    public string? Vrf { get; init; }

    /// <summary>Announce both families over this one session.</summary>
    public bool BothFamilies { get; init; }

    /// <summary>Wait for the router to connect.</summary>
    public bool Passive { get; init; }

    /// <summary>The AS number that the router sees.</summary>
    public uint ShownAs => LocalAsOverride ?? LocalAs;

    /// <summary>Whether routes of the family are sent on this session: those of its own family, both where asked for or unnumbered.</summary>
    public bool Carries(IpFamily family) => BothFamilies || Address is null || Address.Value.Family == family;
}
