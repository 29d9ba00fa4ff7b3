namespace LbSpeaker.Heartbeat;

/// <summary>
/// Why a datagram was dropped. A closed set whose names are an API: the label <c>reason</c> of <c>lbspeaker_heartbeat_discarded_total</c>. README.md lists them, in the order in
/// which they are looked for.
/// </summary>
public enum DiscardReason : byte
{
    /// <summary>No room for a header and a code.</summary>
    TooShort,
    /// <summary>Another version of the protocol than ours, or another protocol.</summary>
    Version,
    /// <summary>No key has this ID.</summary>
    KeyId,
    /// <summary>The code is not of this key: forged, damaged, or another cluster.</summary>
    Mismatch,
    /// <summary>A kind that this version does not know.</summary>
    Kind,
    /// <summary>Signed and yet not to be read: a field reaches beyond the end, octets are left over, a value is out of its range, or a name is none.</summary>
    Malformed,
    /// <summary>Meant for another node.</summary>
    Misdirected,
    /// <summary>The sender is no member.</summary>
    UnknownSender,
    /// <summary>It came from another address than the member's.</summary>
    WrongAddress,
    /// <summary>It is of an earlier life of the sender.</summary>
    Incarnation,
    /// <summary>It was here before, or was overtaken by a later one.</summary>
    Replayed,
}
