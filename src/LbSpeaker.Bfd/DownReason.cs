namespace LbSpeaker.Bfd;

/// <summary>Why a session is not Up. A closed set whose names are an API; README.md lists them with what a user of BFD should make of each (RFC 5882 section 4.2).</summary>
public enum DownReason : byte
{
    /// <summary>It is Up.</summary>
    None,
    /// <summary>It has not been Up since it was wanted.</summary>
    NotYetUp,
    /// <summary>The peer's packets stayed away for the detection time.</summary>
    DetectionTimeExpired,
    /// <summary>Our echo packets stayed away.</summary>
    EchoFailed,
    /// <summary>The peer says that it is down.</summary>
    NeighborDown,
    /// <summary>The peer's operator took BFD down: no failure of the path.</summary>
    NeighborAdminDown,
    /// <summary>Our operator took it down, or nobody wants it any more: no failure of the path.</summary>
    AdminDown,
}
