namespace LbSpeaker.Bgp.Wire;

/// <summary>What a ROUTE-REFRESH says (RFC 7313 section 3.2). A receiver ignores every other value (section 5).</summary>
public enum RouteRefreshSubtype : byte
{
    /// <summary>Send the Adj-RIB-Out again (RFC 2918).</summary>
    Request = 0,
    /// <summary>BoRR: routes follow; what they leave out is gone.</summary>
    Begin = 1,
    /// <summary>EoRR.</summary>
    End = 2,
}

/// <summary>
/// A ROUTE-REFRESH (RFC 2918 section 3); the reserved octet is the subtype of RFC 7313 section 3.2.
/// <code>
///  0       7      15      23      31
/// +-------+-------+-------+-------+
/// |      AFI      |Subtype| SAFI  |
/// +-------+-------+-------+-------+
/// </code>
/// </summary>
public sealed record RouteRefreshMessage(AddressFamily Family, RouteRefreshSubtype Subtype = RouteRefreshSubtype.Request) : BgpMessage
{
    internal const int BodyLength = 4;

    public override MessageType Type => MessageType.RouteRefresh;

    internal static DecodeResult Decode(ReadOnlySpan<byte> message, CodecOptions options)
    {
        // RFC 2918 section 3: who has not said that it can be asked does not know the message.
        if (!options.AcceptsRouteRefresh) return DecodeResult.Refused(NotificationError.BadMessageType, (byte)MessageType.RouteRefresh);
        WireReader reader = new(message[HeaderLength..]);
        if (!reader.TryReadUInt16(out ushort afi) || !reader.TryReadByte(out byte subtype) || !reader.TryReadByte(out byte safi) || !reader.IsEmpty)
            return Malformed(message, options);
        // RFC 7313 section 3.2: without the capability the octet is reserved, and ignored.
        return new RouteRefreshMessage(new AddressFamily(afi, safi), options.EnhancedRouteRefresh ? (RouteRefreshSubtype)subtype : RouteRefreshSubtype.Request);
    }

    // RFC 7313 section 5: a length other than 4 with the subtypes 1 and 2 is an error of its own, which returns the message.
    private static DecodeResult Malformed(ReadOnlySpan<byte> message, CodecOptions options)
    {
        ReadOnlySpan<byte> body = message[HeaderLength..];
        if (!options.EnhancedRouteRefresh || body.Length < 3 || (RouteRefreshSubtype)body[2] is not (RouteRefreshSubtype.Begin or RouteRefreshSubtype.End))
            return DecodeResult.Refused(NotificationError.BadMessageLength, message.Slice(MarkerLength, 2));
        return DecodeResult.Refused(NotificationError.InvalidRouteRefreshLength, message[..Math.Min(message.Length, NotificationMessage.MaxDataLength)]);
    }

    private protected override void WriteBody(ref WireWriter writer, CodecOptions options)
    {
        writer.WriteUInt16(Family.Afi);
        writer.WriteByte((byte)Subtype);
        writer.WriteByte(Family.Safi);
    }

    public override string ToString() => $"ROUTE-REFRESH {Family} {Subtype switch
    {
        RouteRefreshSubtype.Request => "request",
        RouteRefreshSubtype.Begin => "begin",
        RouteRefreshSubtype.End => "end",
        _ => $"subtype-{(byte)Subtype}",
    }}";
}
