namespace LbSpeaker.Bfd;

/// <summary>
/// Why a datagram was dropped. A closed set whose names are an API: the label <c>reason</c> of <c>lbspeaker_bfd_discarded_total</c>. README.md lists them.
/// The first ones stand in the order of RFC 5880 section 6.8.6.
/// </summary>
public enum DiscardReason
{
    /// <summary>TTL or hop limit other than 255 on a single hop (RFC 5881 section 5), or below the session's minimum on a multihop path.</summary>
    Ttl,
    /// <summary>The version is not 1.</summary>
    Version,
    /// <summary>Shorter than 24 octets, or than 26 with an authentication section.</summary>
    TooShort,
    /// <summary>The field Length says more than there is.</summary>
    LengthBeyondPayload,
    ZeroDetectMultiplier,
    /// <summary>The bit M is set.</summary>
    Multipoint,
    ZeroMyDiscriminator,
    /// <summary>Your Discriminator is none of ours, or belongs to a session of the other hop type or VRF.</summary>
    UnknownDiscriminator,
    /// <summary>Your Discriminator is zero and the state neither Down nor AdminDown.</summary>
    ZeroYourDiscriminator,
    /// <summary>Your Discriminator is zero and no session expects its sender.</summary>
    NoSession,
    /// <summary>Authenticated, and the session is not.</summary>
    AuthenticationUnexpected,
    /// <summary>Not authenticated, and the session is.</summary>
    AuthenticationMissing,
    /// <summary>Another authentication type than the session's.</summary>
    AuthenticationType,
    /// <summary>No key has this ID.</summary>
    AuthenticationKeyId,
    /// <summary>The authentication section has another length than its type demands.</summary>
    AuthenticationLength,
    /// <summary>The sequence number is outside of what may come next: a replay, or a long loss.</summary>
    AuthenticationSequence,
    /// <summary>Password or digest does not match.</summary>
    AuthenticationMismatch,
    /// <summary>The session is administratively down; timers and discriminators are taken over all the same.</summary>
    AdminDown,
    /// <summary>An echo packet that is none of ours: another format, or not authentic.</summary>
    EchoForeign,
    /// <summary>An echo packet of ours that came twice, out of order, or after its session.</summary>
    EchoStale,
    /// <summary>Somebody wants an echo looped back who is no neighbor with echo.</summary>
    EchoUnwanted,
}
