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

    /// <summary>As specified for the type; a received attribute may be partial, and may have a longer length field than its value needs.</summary>
    public AttributeFlags Flags { get; internal init; }

    private protected abstract void WriteValue(ref WireWriter writer, CodecOptions options);

    internal void Write(ref WireWriter writer, CodecOptions options)
    {
        // Whether the value needs the long length, the value itself tells best.
        WireWriter probe = writer;
        WriteValue(ref probe, options);
        bool needed = probe.Position - writer.Position > byte.MaxValue;
        AttributeFlags flags = needed ? Flags | AttributeFlags.ExtendedLength : Flags;
        int octets = flags.HasFlag(AttributeFlags.ExtendedLength) ? 2 : 1;

        writer.WriteByte((byte)flags);
        writer.WriteByte((byte)Type);
        int start = writer.OpenLength(octets);
        WriteValue(ref writer, options);
        writer.CloseLength(start, octets);
    }
}
