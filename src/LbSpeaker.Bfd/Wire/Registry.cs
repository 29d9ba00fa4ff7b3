namespace LbSpeaker.Bfd.Wire;

/// <summary>State of a session, as the field Sta carries it (RFC 5880 section 4.1).</summary>
public enum BfdState : byte { AdminDown = 0, Down = 1, Init = 2, Up = 3 }

/// <summary>Why the state last changed: five bits, so that values up to 31 can arrive (RFC 5880 section 4.1, IANA "BFD Diagnostic Codes").</summary>
public enum BfdDiagnostic : byte
{
    NoDiagnostic = 0,
    ControlDetectionTimeExpired = 1,
    EchoFunctionFailed = 2,
    NeighborSignaledSessionDown = 3,
    ForwardingPlaneReset = 4,
    PathDown = 5,
    ConcatenatedPathDown = 6,
    AdministrativelyDown = 7,
    ReverseConcatenatedPathDown = 8,
    /// <summary>RFC 6428 section 5.</summary>
    MisConnectivityDefect = 9,
}

/// <summary>How control packets are authenticated (RFC 5880 section 4.1, IANA "BFD Authentication Types").</summary>
public enum BfdAuthenticationType : byte
{
    None = 0,
    /// <summary>RFC 5880 section 6.7.2: the password stands in every packet.</summary>
    SimplePassword = 1,
    /// <summary>RFC 5880 section 6.7.3.</summary>
    KeyedMd5 = 2,
    /// <summary>RFC 5880 section 6.7.3; the sequence number grows with every packet.</summary>
    MeticulousKeyedMd5 = 3,
    /// <summary>RFC 5880 section 6.7.4.</summary>
    KeyedSha1 = 4,
    /// <summary>RFC 5880 section 6.7.4; the sequence number grows with every packet.</summary>
    MeticulousKeyedSha1 = 5,
}

/// <summary>UDP destination ports and the range of source ports.</summary>
public static class BfdPorts
{
    /// <summary>RFC 5881 section 4.</summary>
    public const int SingleHop = 3784, Echo = 3785, FirstSource = 49152, LastSource = 65535;

    /// <summary>RFC 5883 section 5.</summary>
    public const int Multihop = 4784;
}
