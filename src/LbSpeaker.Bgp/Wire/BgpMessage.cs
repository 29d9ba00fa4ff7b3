namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// One message as a value that compares by content; <c>ToString</c> is one line for logs and traces. Below the header (RFC 4271 section 4.1):
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                                                               |
/// +                           Marker                              +
/// |                      (16 octets, all ones)                    |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |          Length               |      Type     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
public abstract record BgpMessage
{
    /// <summary>RFC 4271 section 4.1. The longer messages of RFC 8654 are neither offered nor accepted.</summary>
    public const int MaxLength = 4096;

    /// <summary>The shortest message: the header alone.</summary>
    public const int HeaderLength = 19;

    internal const int MarkerLength = 16;

    private protected BgpMessage() { }

    public abstract MessageType Type { get; }

    private protected abstract void WriteBody(ref WireWriter writer, CodecOptions options);

    /// <summary>Writes the message with its header and returns its length in octets.</summary>
    /// <param name="destination">At least as long as the message: <see cref="MaxLength"/> always does.</param>
    /// <exception cref="ArgumentException">The message does not fit, or the RFC forbids to send it.</exception>
    public int Encode(Span<byte> destination, CodecOptions options)
    {
        WireWriter writer = new(destination[..Math.Min(destination.Length, MaxLength)]);
        WriteHeader(ref writer, Type);
        WriteBody(ref writer, options);
        PatchLength(writer.Written);
        return writer.Position;
    }

    internal static void WriteHeader(ref WireWriter writer, MessageType type)
    {
        writer.WriteUInt64(ulong.MaxValue);
        writer.WriteUInt64(ulong.MaxValue);
        writer.WriteUInt16(0);
        writer.WriteByte((byte)type);
    }

    internal static void PatchLength(Span<byte> message) => System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(message[MarkerLength..], (ushort)message.Length);
}
