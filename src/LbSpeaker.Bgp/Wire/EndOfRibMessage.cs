using LbSpeaker.Bgp.Wire.Attributes;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// The UPDATE that says that all routes of a family have been sent (RFC 4724 section 2): empty for IPv4 unicast, an empty MP_UNREACH_NLRI for any other. A message of
/// its own, so that an UPDATE of which RFC 7606 leaves nothing is not taken for one.
/// </summary>
public sealed record EndOfRibMessage(AddressFamily Family) : BgpMessage
{
    public override MessageType Type => MessageType.Update;

    private protected override void WriteBody(ref WireWriter writer, CodecOptions options)
    {
        writer.WriteUInt16(0);
        int attributes = writer.OpenLength(2);
        if (Family != AddressFamily.IPv4Unicast) new MpUnreachAttribute(Family, []).Write(ref writer, options);
        writer.CloseLength(attributes, 2);
    }

    public override string ToString() => $"UPDATE End-of-RIB {Family}";
}
