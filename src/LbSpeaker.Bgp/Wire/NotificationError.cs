namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// The registry of error codes and subcodes of NOTIFICATION messages: the code is the high octet, the subcode the low one. A peer may send others; they are
/// values without a name. The names are an API (metrics, logs); README.md lists them.
/// </summary>
public enum NotificationError : ushort
{
    // 1: Message Header Error, RFC 4271 section 6.1.

    /// <summary>RFC 4271 section 6.1.</summary>
    HeaderUnspecific = 0x0100,
    /// <summary>The marker is not all ones. RFC 4271 section 6.1.</summary>
    ConnectionNotSynchronized = 0x0101,
    /// <summary>Data: the length field, 2 octets. RFC 4271 section 6.1.</summary>
    BadMessageLength = 0x0102,
    /// <summary>Data: the type field, 1 octet. RFC 4271 section 6.1.</summary>
    BadMessageType = 0x0103,

    // 2: OPEN Message Error, RFC 4271 section 6.2.

    /// <summary>A recognized optional parameter is malformed. RFC 4271 section 6.2.</summary>
    OpenUnspecific = 0x0200,
    /// <summary>Data: the version that is spoken, 2 octets. RFC 4271 section 6.2.</summary>
    UnsupportedVersionNumber = 0x0201,
    /// <summary>RFC 4271 section 6.2, RFC 7607 section 2.</summary>
    BadPeerAs = 0x0202,
    /// <summary>RFC 4271 section 6.2, RFC 6286 section 2.2.</summary>
    BadBgpIdentifier = 0x0203,
    /// <summary>RFC 4271 section 6.2.</summary>
    UnsupportedOptionalParameter = 0x0204,
    /// <summary>Deprecated by RFC 4271; old peers may still send it. RFC 1771.</summary>
    AuthenticationFailure = 0x0205,
    /// <summary>RFC 4271 section 6.2.</summary>
    UnacceptableHoldTime = 0x0206,
    /// <summary>Data: the capabilities that the peer lacks. RFC 5492 section 5.</summary>
    UnsupportedCapability = 0x0207,
    /// <summary>RFC 9234 section 4.2.</summary>
    RoleMismatch = 0x020B,

    // 3: UPDATE Message Error, RFC 4271 section 6.3.

    /// <summary>RFC 4271 section 6.3.</summary>
    UpdateUnspecific = 0x0300,
    /// <summary>RFC 4271 section 6.3, RFC 7606 section 3.</summary>
    MalformedAttributeList = 0x0301,
    /// <summary>Data: the attribute. RFC 4271 section 6.3.</summary>
    UnrecognizedWellKnownAttribute = 0x0302,
    /// <summary>Data: the type code, 1 octet. RFC 4271 section 6.3.</summary>
    MissingWellKnownAttribute = 0x0303,
    /// <summary>Data: the attribute. RFC 4271 section 6.3.</summary>
    AttributeFlagsError = 0x0304,
    /// <summary>Data: the attribute. RFC 4271 section 6.3.</summary>
    AttributeLengthError = 0x0305,
    /// <summary>Data: the attribute. RFC 4271 section 6.3.</summary>
    InvalidOrigin = 0x0306,
    /// <summary>Deprecated by RFC 4271; old peers may still send it. RFC 1771.</summary>
    AsRoutingLoop = 0x0307,
    /// <summary>Data: the attribute. RFC 4271 section 6.3.</summary>
    InvalidNextHop = 0x0308,
    /// <summary>Data: the attribute. RFC 4271 section 6.3, RFC 4760 section 7.</summary>
    OptionalAttributeError = 0x0309,
    /// <summary>RFC 4271 section 6.3.</summary>
    InvalidNetworkField = 0x030A,
    /// <summary>RFC 4271 section 6.3.</summary>
    MalformedAsPath = 0x030B,

    // 4: Hold Timer Expired.

    /// <summary>RFC 4271 section 6.5.</summary>
    HoldTimerExpired = 0x0400,

    // 5: Finite State Machine Error.

    /// <summary>RFC 4271 section 6.6.</summary>
    FsmUnspecific = 0x0500,
    /// <summary>Data: the type of the message, 1 octet. RFC 6608 section 3.</summary>
    UnexpectedMessageInOpenSent = 0x0501,
    /// <summary>Data: the type of the message, 1 octet. RFC 6608 section 3.</summary>
    UnexpectedMessageInOpenConfirm = 0x0502,
    /// <summary>Data: the type of the message, 1 octet. RFC 6608 section 3.</summary>
    UnexpectedMessageInEstablished = 0x0503,

    // 6: Cease, RFC 4271 section 6.7.

    /// <summary>RFC 4271 section 6.7.</summary>
    CeaseUnspecific = 0x0600,
    /// <summary>Data may name the family and the limit. RFC 4486 section 4.</summary>
    MaximumPrefixesReached = 0x0601,
    /// <summary>Data may hold a shutdown communication. RFC 4486 section 3, RFC 9003 section 2.</summary>
    AdministrativeShutdown = 0x0602,
    /// <summary>RFC 4486 section 3.</summary>
    PeerDeconfigured = 0x0603,
    /// <summary>Data may hold a shutdown communication. RFC 4486 section 3, RFC 9003 section 2.</summary>
    AdministrativeReset = 0x0604,
    /// <summary>RFC 4486 section 3.</summary>
    ConnectionRejected = 0x0605,
    /// <summary>RFC 4486 section 3.</summary>
    OtherConfigurationChange = 0x0606,
    /// <summary>RFC 4486 section 3.</summary>
    ConnectionCollisionResolution = 0x0607,
    /// <summary>RFC 4486 section 3.</summary>
    OutOfResources = 0x0608,
    /// <summary>Ends the session without graceful restart. Data: the code, subcode and data of the reason. RFC 8538 section 3.</summary>
    HardReset = 0x0609,
    /// <summary>RFC 9384 section 3.</summary>
    BfdDown = 0x060A,

    // 7: ROUTE-REFRESH Message Error.

    /// <summary>RFC 7313 section 5.</summary>
    RouteRefreshUnspecific = 0x0700,
    /// <summary>Data: the message. RFC 7313 section 5.</summary>
    InvalidRouteRefreshLength = 0x0701,

    // 8: Send Hold Timer Expired.

    /// <summary>RFC 9687 section 3.</summary>
    SendHoldTimerExpired = 0x0800,
}

public static class NotificationErrorParts
{
    extension(NotificationError error)
    {
        public byte Code => (byte)((ushort)error >> 8);

        public byte Subcode => (byte)error;

        /// <summary>The name, or <c>Unknown</c> for a pair that is in no registry.</summary>
        public string Name => Enum.GetName(error) ?? "Unknown";
    }
}
