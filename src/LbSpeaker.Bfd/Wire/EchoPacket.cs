using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LbSpeaker.Bfd.Wire;

/// <summary>
/// What we send to be looped back (RFC 5880 section 5: the format is the sender's own affair). Authenticated with a key that never leaves this process, so that nobody can
/// keep a dead path alive with echoes of his own.
/// </summary>
/// <remarks>
/// <code>
/// |              Magic "LBS" and the format number 1              |
/// |                       My Discriminator                        |
/// |                        Sequence Number                        |
/// |         HMAC-SHA256 of the above, first 16 octets   ...       |
/// </code>
/// </remarks>
public readonly record struct EchoPacket(uint MyDiscriminator, uint Sequence)
{
    public const int Length = 28;

    internal const uint Magic = 0x4C425301;
    private const int Signed = 12;

    /// <param name="destination">At least <see cref="Length"/> octets.</param>
    public int Encode(Span<byte> destination, ReadOnlySpan<byte> key)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], MyDiscriminator);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Sequence);
        Span<byte> code = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, destination[..Signed], code);
        code[..(Length - Signed)].CopyTo(destination[Signed..]);
        return Length;
    }

    /// <summary>False where it is not one of those that <see cref="Encode"/> made with this key.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> key, out EchoPacket packet)
    {
        packet = default;
        if (payload.Length != Length || BinaryPrimitives.ReadUInt32BigEndian(payload) != Magic) return false;
        Span<byte> code = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, payload[..Signed], code);
        if (!CryptographicOperations.FixedTimeEquals(code[..(Length - Signed)], payload[Signed..])) return false;
        packet = new(BinaryPrimitives.ReadUInt32BigEndian(payload[4..]), BinaryPrimitives.ReadUInt32BigEndian(payload[8..]));
        return true;
    }
}
