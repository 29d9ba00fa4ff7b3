namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>
/// One path attribute (RFC 4271 section 4.3).
/// <code>
///  0                   1
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Attr. Flags  |Attr. Type Code|
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |        Length (1 octet, 2 if extended)        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
public abstract record PathAttribute
{
    private protected PathAttribute(AttributeType type, AttributeFlags flags) => (Type, Flags) = (type, flags);

    private protected PathAttribute(AttributeType type) : this(type, AttributeTable.Find(type)!.Flags) { }

    public AttributeType Type { get; }

    /// <summary>As specified for the type; a received attribute may be partial, and may have a longer length field than it needs.</summary>
    public AttributeFlags Flags { get; internal init; }

    private protected abstract void WriteValue(ref WireWriter writer, CodecOptions options);

    internal void Write(ref WireWriter writer, CodecOptions options)
    {
        // The short length unless the value needs the long one: what that is, the value itself tells best.
        bool extended = Flags.HasFlag(AttributeFlags.ExtendedLength);
        WireWriter probe = writer;
        probe.WriteUInt32(0);
        int start = probe.Position;
        WriteValue(ref probe, options);
        extended |= probe.Position - start > byte.MaxValue;

        writer.WriteByte((byte)(extended ? Flags | AttributeFlags.ExtendedLength : Flags));
        writer.WriteByte((byte)Type);
        int value = extended ? writer.OpenLength16() : writer.OpenLength8();
        WriteValue(ref writer, options);
        if (extended) writer.CloseLength16(value);
        else writer.CloseLength8(value);
    }
}
