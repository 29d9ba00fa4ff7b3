using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Wire;

/// <summary>
/// Reads a peer's octets front to back. Nothing in here throws: what is not there is <see langword="false"/>. A length field becomes a reader of its own
/// (<see cref="TryReadSub"/>), so that what lies inside cannot reach outside.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> octets)
{
    private ReadOnlySpan<byte> rest = octets;

    public readonly ReadOnlySpan<byte> Rest => rest;

    public readonly int Remaining => rest.Length;

    public readonly bool IsEmpty => rest.IsEmpty;

    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (rest.IsEmpty) return false;
        value = rest[0];
        rest = rest[1..];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(rest, out value)) return false;
        rest = rest[2..];
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(rest, out value)) return false;
        rest = rest[4..];
        return true;
    }

    public bool TryReadUInt64(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(rest, out value)) return false;
        rest = rest[8..];
        return true;
    }

    /// <summary>A length field of one or two octets.</summary>
    public bool TryReadLength(int octets, out int length)
    {
        length = 0;
        if (octets > rest.Length) return false;
        length = octets == 2 ? BinaryPrimitives.ReadUInt16BigEndian(rest) : rest[0];
        rest = rest[octets..];
        return true;
    }

    /// <summary>An AS number in two or four octets (RFC 6793 section 4).</summary>
    public bool TryReadAsNumber(bool fourOctets, out uint number)
    {
        if (fourOctets) return TryReadUInt32(out number);
        bool read = TryReadUInt16(out ushort two);
        number = two;
        return read;
    }

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (count > rest.Length) return false;
        value = rest[..count];
        rest = rest[count..];
        return true;
    }

    public bool TryReadSub(int count, out WireReader sub)
    {
        bool read = TryReadBytes(count, out ReadOnlySpan<byte> octets);
        sub = new(octets);
        return read;
    }

    /// <summary>An address of 4 or 16 octets.</summary>
    public bool TryReadAddress(IpFamily family, out IpAddress address)
    {
        address = default;
        if (!TryReadBytes(IpAddress.Bits(family) / 8, out ReadOnlySpan<byte> octets)) return false;
        address = IpAddress.FromBytes(octets);
        return true;
    }

    /// <summary>A length in bits and the octets that hold so many (RFC 4271 section 4.3); the value of trailing bits is irrelevant.</summary>
    public bool TryReadPrefix(IpFamily family, out IpPrefix prefix)
    {
        prefix = default;
        if (!TryReadByte(out byte length) || length > IpAddress.Bits(family)) return false;
        if (!TryReadBytes((length + 7) / 8, out ReadOnlySpan<byte> octets)) return false;
        Span<byte> address = stackalloc byte[16];
        address.Clear();
        octets.CopyTo(address);
        prefix = new(IpAddress.FromBytes(address[..(IpAddress.Bits(family) / 8)]), length);
        return true;
    }
}
