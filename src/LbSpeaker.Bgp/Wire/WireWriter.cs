using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// Writes octets front to back into a caller's span. A value that does not fit its field, and a message that does not fit the span, is our own bug and throws.
/// </summary>
internal ref struct WireWriter(Span<byte> destination)
{
    private readonly Span<byte> destination = destination;

    public int Position { get; private set; }

    public readonly Span<byte> Written => destination[..Position];

    public void WriteByte(int value) => Take(1)[0] = checked((byte)value);

    public void WriteUInt16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), checked((ushort)value));

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    /// <summary>An AS number in four octets, or in two with AS_TRANS for what does not fit (RFC 6793 section 4).</summary>
    public void WriteAsNumber(uint number, bool fourOctets)
    {
        if (fourOctets) WriteUInt32(number);
        else WriteUInt16(OpenMessage.TwoOctets(number));
    }

    public void WriteBytes(ReadOnlySpan<byte> octets) => octets.CopyTo(Take(octets.Length));

    public void WriteAddress(IpAddress address) => address.WriteBytes(Take(IpAddress.Bits(address.Family) / 8));

    public void WritePrefix(IpPrefix prefix)
    {
        if (!TryWritePrefix(prefix, destination.Length)) throw DoesNotFit();
    }

    /// <summary>Writes a length in bits and as many octets as hold them, unless that would reach beyond <paramref name="limit"/>.</summary>
    public bool TryWritePrefix(IpPrefix prefix, int limit)
    {
        int octets = (prefix.Length + 7) / 8;
        if (octets >= limit - Position) return false;
        Span<byte> address = stackalloc byte[16];
        prefix.Address.WriteBytes(address);
        Span<byte> field = destination[Position..];
        field[0] = (byte)prefix.Length;
        address[..octets].CopyTo(field[1..]);
        Position += octets + 1;
        return true;
    }

    /// <summary>Leaves one or two octets for the length of what follows; <see cref="CloseLength"/> fills them.</summary>
    /// <returns>Where what follows begins.</returns>
    public int OpenLength(int octets)
    {
        Take(octets);
        return Position;
    }

    public readonly void CloseLength(int start, int octets)
    {
        int length = Position - start;
        if (octets == 2) BinaryPrimitives.WriteUInt16BigEndian(destination[(start - 2)..], (ushort)length);
        else if (length <= byte.MaxValue) destination[start - 1] = (byte)length;
        else throw new ArgumentException($"{length} octets do not fit behind a length of one octet");
    }

    private Span<byte> Take(int count)
    {
        if (count > destination.Length - Position) throw DoesNotFit();
        Span<byte> field = destination.Slice(Position, count);
        Position += count;
        return field;
    }

    private readonly ArgumentException DoesNotFit() => new($"the message does not fit into the {destination.Length} octets it was given");
}
