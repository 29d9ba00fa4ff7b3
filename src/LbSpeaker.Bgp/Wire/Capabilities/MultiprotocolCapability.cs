namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>
/// One address family that the speaker exchanges (RFC 4760 section 8). The reserved octet stands between the identifiers.
/// <code>
///                 0       7      15      23      31
///                 +-------+-------+-------+-------+
///                 |      AFI      | Res.  | SAFI  |
///                 +-------+-------+-------+-------+
/// </code>
/// </summary>
public sealed record MultiprotocolCapability(AddressFamily Family) : Capability(CapabilityCode.Multiprotocol)
{
    internal static MultiprotocolCapability? Read(ref WireReader value) =>
        value.TryReadUInt16(out ushort afi) && value.TryReadByte(out _) && value.TryReadByte(out byte safi) && value.IsEmpty ? new(new AddressFamily(afi, safi)) : null;

    private protected override void WriteValue(ref WireWriter writer)
    {
        writer.WriteUInt16(Family.Afi);
        // RFC 4760 section 8: reserved, set to 0 by the sender and ignored by the receiver.
        writer.WriteByte(0);
        writer.WriteByte(Family.Safi);
    }

    public override string ToString() => $"multiprotocol {Family}";
}
