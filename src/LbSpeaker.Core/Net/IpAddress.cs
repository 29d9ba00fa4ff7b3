using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace LbSpeaker.Core.Net;

public enum IpFamily { IPv4, IPv6 }

/// <summary>
/// An IP address as a value with order and arithmetic: every IPv4 address sorts before every IPv6 address, then by number.
/// IPv4-mapped IPv6 text (<c>::ffff:192.0.2.1</c>) reads as the IPv4 address it names. There is no scope id.
/// </summary>
public readonly record struct IpAddress(IpFamily Family, UInt128 Value) : IComparable<IpAddress>
{
    /// <summary>Bits in an address of the family: 32 or 128.</summary>
    public static int Bits(IpFamily family) => family == IpFamily.IPv4 ? 32 : 128;

    public static UInt128 MaxValue(IpFamily family) => family == IpFamily.IPv4 ? uint.MaxValue : UInt128.MaxValue;

    /// <summary>Of fe80::/10 (RFC 4291 section 2.4): it means something on its link only.</summary>
    public bool IsLinkLocal => Family == IpFamily.IPv6 && Value >> 118 == 0xFE80 >> 6;

    public static IpAddress FromIPv4(uint value) => new(IpFamily.IPv4, value);

    /// <param name="octets">4 or 16 octets, network order.</param>
    public static IpAddress FromBytes(ReadOnlySpan<byte> octets) => octets.Length switch
    {
        4 => new(IpFamily.IPv4, BinaryPrimitives.ReadUInt32BigEndian(octets)),
        16 => new(IpFamily.IPv6, BinaryPrimitives.ReadUInt128BigEndian(octets)),
        _ => throw new ArgumentException($"an address has 4 or 16 octets, not {octets.Length}", nameof(octets)),
    };

    /// <summary>Writes 4 or 16 octets in network order and returns how many.</summary>
    public int WriteBytes(Span<byte> destination)
    {
        if (Family == IpFamily.IPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)Value);
            return 4;
        }
        BinaryPrimitives.WriteUInt128BigEndian(destination, Value);
        return 16;
    }

    /// <summary>
    /// Reads dotted-quad IPv4 (four decimal parts, no leading zeros) or IPv6 (RFC 4291 section 2.2, no zone).
    /// The looser forms that some resolvers take (<c>10.1</c>, <c>0x7f.1</c>, octal parts) are refused: in a pool they would be typing errors.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        if (text.IndexOf(':') < 0) return TryParseIPv4(text, out address);
        if (text.IndexOfAny('%', '[', ']') >= 0 || text.IndexOf('/') >= 0) return false;
        if (!IPAddress.TryParse(text, out IPAddress? parsed)) return false;
        Span<byte> octets = stackalloc byte[16];
        if (!parsed.TryWriteBytes(octets, out int written)) return false;
        address = FromBytes(octets[..written]);
        if (address.Family == IpFamily.IPv6 && address.Value >> 32 == 0xFFFF) address = FromIPv4((uint)address.Value);
        return true;
    }

    public static IpAddress Parse(string text) =>
        TryParse(text, out IpAddress address) ? address : throw new FormatException($"'{text}' is not an IP address");

    private static bool TryParseIPv4(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        uint value = 0;
        for (int part = 0; part < 4; part++)
        {
            int end = part == 3 ? text.Length : text.IndexOf('.');
            if (end is < 1 or > 3) return false;
            ReadOnlySpan<char> digits = text[..end];
            if (digits[0] == '0' && end > 1) return false;
            if (!byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out byte octet)) return false;
            value = value << 8 | octet;
            if (part < 3) text = text[(end + 1)..];
        }
        address = FromIPv4(value);
        return true;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> octets = stackalloc byte[16];
        return new IPAddress(octets[..WriteBytes(octets)]);
    }

    /// <summary>
    /// Dotted quad, or the canonical IPv6 text of RFC 5952. IPAddress writes some IPv6 addresses with a dotted end (<c>::192.0.2.1</c>, ISATAP);
    /// Kubernetes and MetalLB do not, and the text decides who owns an address.
    /// </summary>
    public override string ToString()
    {
        if (Family == IpFamily.IPv4 || Value >> 32 == 0xFFFF) return ToIPAddress().ToString();
        Span<ushort> groups = stackalloc ushort[8];
        for (int i = 0; i < groups.Length; i++) groups[i] = (ushort)(Value >> (16 * (7 - i)));

        // RFC 5952 section 4.2: "::" stands for the longest run of zero groups, of equal ones the first, and never for a single group.
        int gap = -1, length = 1;
        for (int i = 0; i < groups.Length; i++)
        {
            int end = i;
            while (end < groups.Length && groups[end] == 0) end++;
            if (end - i > length) (gap, length) = (i, end - i);
            i = Math.Max(i, end - 1);
        }
        StringBuilder text = new(39);
        for (int i = 0; i < groups.Length; i++)
        {
            if (i == gap)
            {
                text.Append("::");
                i += length - 1;
                continue;
            }
            if (text.Length > 0 && text[^1] != ':') text.Append(':');
            text.Append(CultureInfo.InvariantCulture, $"{groups[i]:x}");
        }
        return text.ToString();
    }

    public int CompareTo(IpAddress other) => Family != other.Family ? Family.CompareTo(other.Family) : Value.CompareTo(other.Value);

    public static bool operator <(IpAddress left, IpAddress right) => left.CompareTo(right) < 0;

    public static bool operator >(IpAddress left, IpAddress right) => left.CompareTo(right) > 0;

    public static bool operator <=(IpAddress left, IpAddress right) => left.CompareTo(right) <= 0;

    public static bool operator >=(IpAddress left, IpAddress right) => left.CompareTo(right) >= 0;
}
