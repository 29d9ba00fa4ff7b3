using System.Diagnostics.CodeAnalysis;

namespace LbSpeaker.Core.Net;

/// <summary>All addresses from <paramref name="First"/> to <paramref name="Last"/>, both included, of one family; First ≤ Last.</summary>
public readonly record struct IpRange(IpAddress First, IpAddress Last) : IComparable<IpRange>
{
    public IpFamily Family => First.Family;

    /// <summary>How many addresses; the whole IPv6 space, whose count does not fit, is <see cref="UInt128.MaxValue"/>.</summary>
    public UInt128 Count => Last.Value - First.Value is var span && span == UInt128.MaxValue ? span : span + 1;

    public bool Contains(IpAddress address) => address.Family == Family && address.Value >= First.Value && address.Value <= Last.Value;

    public bool Overlaps(IpRange other) => other.Family == Family && First.Value <= other.Last.Value && other.First.Value <= Last.Value;

    /// <summary>The addresses of a prefix; host bits in <paramref name="address"/> are cleared.</summary>
    public static IpRange OfPrefix(IpAddress address, int length)
    {
        int hostBits = IpAddress.Bits(address.Family) - length;
        UInt128 mask = hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - 1;
        return new(address with { Value = address.Value & ~mask }, address with { Value = address.Value | mask });
    }

    /// <summary>
    /// Reads <c>first-last</c>, a prefix <c>address/length</c>, or one bare address. Blanks around each part are trimmed.
    /// </summary>
    /// <param name="error">What was expected instead, as a sentence for the user.</param>
    public static bool TryParse(string text, out IpRange range, [NotNullWhen(false)] out string? error)
    {
        range = default;
        error = null;
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        int dash = trimmed.IndexOf('-');
        if (dash >= 0)
        {
            if (!IpAddress.TryParse(trimmed[..dash].Trim(), out IpAddress first) || !IpAddress.TryParse(trimmed[(dash + 1)..].Trim(), out IpAddress last))
                error = $"\"{text}\" is not a range: expected two addresses as first-last, such as 192.0.2.10-192.0.2.20";
            else if (first.Family != last.Family)
                error = $"\"{text}\" mixes IPv4 and IPv6: both ends of a range are of one family";
            else if (first > last)
                error = $"\"{text}\" is reversed: the first address of a range is not above the last (did you mean {last}-{first}?)";
            else
                range = new(first, last);
            return error is null;
        }

        int slash = trimmed.IndexOf('/');
        if (!IpAddress.TryParse(slash < 0 ? trimmed : trimmed[..slash].Trim(), out IpAddress address))
        {
            error = $"\"{text}\" is not an address, prefix or range: expected 192.0.2.0/24, 192.0.2.10-192.0.2.20 or 192.0.2.10 (IPv6 alike)";
            return false;
        }
        int length = IpAddress.Bits(address.Family);
        if (slash >= 0 && (!int.TryParse(trimmed[(slash + 1)..].Trim(), System.Globalization.NumberStyles.None, null, out int given) || (length = given) > IpAddress.Bits(address.Family)))
        {
            error = $"\"{text}\" has no valid prefix length: expected /0 to /{IpAddress.Bits(address.Family)}";
            return false;
        }
        range = OfPrefix(address, length);
        return true;
    }

    public int CompareTo(IpRange other) => First.CompareTo(other.First) is var order && order != 0 ? order : Last.CompareTo(other.Last);

    /// <summary>The shortest text: one address alone, else <c>first-last</c>.</summary>
    public override string ToString() => First == Last ? First.ToString() : $"{First}-{Last}";

    public static bool operator <(IpRange left, IpRange right) => left.CompareTo(right) < 0;

    public static bool operator >(IpRange left, IpRange right) => left.CompareTo(right) > 0;

    public static bool operator <=(IpRange left, IpRange right) => left.CompareTo(right) <= 0;

    public static bool operator >=(IpRange left, IpRange right) => left.CompareTo(right) >= 0;
}
