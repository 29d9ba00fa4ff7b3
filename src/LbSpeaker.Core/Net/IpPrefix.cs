using System.Globalization;

namespace LbSpeaker.Core.Net;

/// <summary>
/// An address prefix as routers speak of it (RFC 4632 section 3.1): the first <paramref name="Length"/> bits of <paramref name="Address"/>. Make one by
/// <see cref="Of"/> or <see cref="TryParse"/>, which clear the host bits, so that equal prefixes are equal values.
/// </summary>
/// <param name="Length">0 to 32 or 128.</param>
public readonly record struct IpPrefix(IpAddress Address, int Length) : IComparable<IpPrefix>
{
    public IpFamily Family => Address.Family;

    /// <summary>The prefix of this length that the address lies in.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or beyond the family's.</exception>
    public static IpPrefix Of(IpAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, IpAddress.Bits(address.Family));
        return new(IpRange.OfPrefix(address, length).First, length);
    }

    /// <summary>The address alone: /32 or /128.</summary>
    public static IpPrefix Host(IpAddress address) => new(address, IpAddress.Bits(address.Family));

    /// <summary>Reads <c>address/length</c>; host bits may be set and are cleared.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpPrefix prefix)
    {
        prefix = default;
        int slash = text.IndexOf('/');
        if (slash < 0 || !IpAddress.TryParse(text[..slash], out IpAddress address)) return false;
        if (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > IpAddress.Bits(address.Family)) return false;
        prefix = Of(address, length);
        return true;
    }

    public static IpPrefix Parse(string text) => TryParse(text, out IpPrefix prefix) ? prefix : throw new FormatException($"'{text}' is not an address prefix");

    public bool Contains(IpAddress address) => address.Family == Family && Of(address, Length) == this;

    public int CompareTo(IpPrefix other) => Address.CompareTo(other.Address) is var order && order != 0 ? order : Length.CompareTo(other.Length);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");

    public static bool operator <(IpPrefix left, IpPrefix right) => left.CompareTo(right) < 0;

    public static bool operator >(IpPrefix left, IpPrefix right) => left.CompareTo(right) > 0;

    public static bool operator <=(IpPrefix left, IpPrefix right) => left.CompareTo(right) <= 0;

    public static bool operator >=(IpPrefix left, IpPrefix right) => left.CompareTo(right) >= 0;
}
