namespace LbSpeaker.Layer2.Answering;

/// <summary>Why a frame was not answered. A closed set whose names are an API: the label <c>reason</c> of <c>lbspeaker_layer2_ignored_total</c>. README.md lists them.</summary>
public enum IgnoreReason
{
    /// <summary>Shorter than its protocol's headers, or than a length in it says: as it was sent, or because it is longer than what is captured of a frame.</summary>
    Truncated,
    /// <summary>Carries an 802.1Q or 802.1ad tag with a VLAN: it belongs to another interface.</summary>
    VlanTagged,
    /// <summary>Neither ARP nor IPv6.</summary>
    OtherProtocol,
    /// <summary>ARP for other than Ethernet and IPv4.</summary>
    WrongHardware,
    /// <summary>An ARP operation other than request, and no reply from an address that is of concern here.</summary>
    NotRequest,
    /// <summary>Sent by this interface.</summary>
    OwnFrame,
    /// <summary>A sender address that no other single host has: multicast, broadcast, zero, or that of this interface.</summary>
    BadSender,
    /// <summary>Sent to another host.</summary>
    EthernetDestination,
    /// <summary>IPv6 that is no Neighbor Solicitation, and no advertisement of an address that is of concern here.</summary>
    NotSolicitation,
    /// <summary>A Neighbor Solicitation or Advertisement with a hop limit other than 255: it came through a router (RFC 4861 sections 7.1.1 and 7.1.2).</summary>
    HopLimit,
    /// <summary>The ICMPv6 checksum is wrong.</summary>
    BadChecksum,
    /// <summary>An NDP option of length zero or beyond the packet, or a link-layer address that is none.</summary>
    BadOption,
    /// <summary>Duplicate address detection with a source option, or not to a solicited-node group (RFC 4861 section 7.1.1).</summary>
    BadDad,
    /// <summary>A Neighbor Advertisement to a multicast group that says that it was solicited (RFC 4861 section 7.1.2).</summary>
    BadAdvertisement,
    /// <summary>Asks for an address that this node does not announce, or not yet, or no more.</summary>
    NotAnnounced,
    /// <summary>Asks for an address that is announced on other interfaces only.</summary>
    NotOnThisInterface,
    /// <summary>It waited for too long, because this process stood still: somebody else may have the address by now.</summary>
    Late,
}
