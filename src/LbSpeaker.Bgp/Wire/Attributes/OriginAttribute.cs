namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>RFC 4271 section 4.3.</summary>
public enum Origin : byte
{
    Igp = 0,
    Egp = 1,
    Incomplete = 2,
}

/// <summary>How the route came into BGP (RFC 4271 section 5.1.1): one octet.</summary>
public sealed record OriginAttribute : PathAttribute
{
    public OriginAttribute(Origin origin) : base(AttributeType.Origin)
    {
        if (origin > Origin.Incomplete) throw new ArgumentOutOfRangeException(nameof(origin), origin, "no such origin");
        Origin = origin;
    }

    public Origin Origin { get; }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        if (!value.TryReadByte(out byte origin) || !value.IsEmpty) return AttributeFault.WrongLength;
        if (origin > (byte)Origin.Incomplete) return AttributeFault.WrongValue;
        attribute = new OriginAttribute((Origin)origin);
        return null;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => writer.WriteByte((byte)Origin);

    public override string ToString() => $"ORIGIN {Origin}";
}
