using System.Globalization;

namespace LbSpeaker.Core.Net;

/// <summary>
/// An address prefix: the leading <see cref="Length"/> bits of an address, all host bits zero. Sorts like its addresses, and of two with the same first address
/// the wider first. Small enough to be kept by the hundred thousand.
/// </summary>
public readonly record struct IpPrefix : IComparable<IpPrefix>
{
    private readonly UInt128 bits;
    private readonly IpFamily family;
    private readonly byte length;

    /// <param name="address">Any address inside the prefix; its host bits are cleared.</param>
    /// <param name="length">0 to 32 for IPv4, 0 to 128 for IPv6.</param>
    public IpPrefix(IpAddress address, int length)
    {
        int width = IpAddress.Bits(address.Family);
        if ((uint)length > (uint)width) throw new ArgumentOutOfRangeException(nameof(length), length, $"a prefix of this family has a length of 0 to {width}");
        family = address.Family;
        this.length = (byte)length;
        // A shift by the full width of UInt128 would shift by nothing.
        bits = length == 0 ? 0 : address.Value & (UInt128.MaxValue << (width - length));
    }

    /// <summary>The first address, host bits zero.</summary>
    public IpAddress Address => new(family, bits);

    public int Length => length;

    public IpFamily Family => family;

    public IpRange Range => IpRange.OfPrefix(Address, length);

    /// <summary>The prefix that has this address alone: /32 or /128.</summary>
    public static IpPrefix Host(IpAddress address) => new(address, IpAddress.Bits(address.Family));

    public bool Contains(IpAddress address) => address.Family == family && new IpPrefix(address, length).bits == bits;

    /// <summary>Reads <c>address/length</c> without blanks; host bits may be set and are cleared.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpPrefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        if (slash < 0 || !IpAddress.TryParse(text[..slash], out IpAddress address)) return false;
        ReadOnlySpan<char> digits = text[(slash + 1)..];
        if (digits.Length > 1 && digits[0] == '0') return false;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > IpAddress.Bits(address.Family)) return false;
        prefix = new(address, length);
        return true;
    }

    public static IpPrefix Parse(string text) => TryParse(text, out IpPrefix prefix) ? prefix : throw new FormatException($"'{text}' is not a prefix such as 192.0.2.0/24");

    public int CompareTo(IpPrefix other) => Address.CompareTo(other.Address) is var order && order != 0 ? order : length.CompareTo(other.length);

    public override string ToString() => $"{Address}/{length}";

    public static bool operator <(IpPrefix left, IpPrefix right) => left.CompareTo(right) < 0;

    public static bool operator >(IpPrefix left, IpPrefix right) => left.CompareTo(right) > 0;

    public static bool operator <=(IpPrefix left, IpPrefix right) => left.CompareTo(right) <= 0;

    public static bool operator >=(IpPrefix left, IpPrefix right) => left.CompareTo(right) >= 0;
}
