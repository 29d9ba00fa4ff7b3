using System.Globalization;

namespace LbSpeaker.Core.Net;

/// <summary>
/// A BGP community: <c>A:B</c> of two 16-bit numbers (RFC 1997), or <c>large:A:B:C</c> of three 32-bit numbers (RFC 8092). In order, every standard
/// one is before every large one.
/// </summary>
/// <param name="Global">The AS number, mostly: A.</param>
/// <param name="Local2">0 in a standard one.</param>
public readonly record struct Community(bool IsLarge, uint Global, uint Local1, uint Local2) : IComparable<Community>
{
    /// <summary>GRACEFUL_SHUTDOWN (RFC 8326): prefer another path, this one is about to go.</summary>
    public static Community GracefulShutdown { get; } = Standard(0xFFFF, 0);

    public static Community Standard(ushort high, ushort low) => new(false, high, low, 0);

    public static Community Large(uint global, uint local1, uint local2) => new(true, global, local1, local2);

    /// <summary>Has the form of a community, right or wrong, and so is no alias of one.</summary>
    public static bool LooksLikeOne(string text) => text.Contains(':', StringComparison.Ordinal);

    /// <param name="error">What was expected instead, as a sentence for the user.</param>
    public static bool TryParse(string text, out Community community, out string error)
    {
        community = default;
        error = "";
        string[] parts = text.Split(':');
        switch (parts.Length)
        {
            case 2 when ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort high) && ushort.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort low):
                community = Standard(high, low);
                return true;
            case 2:
                error = $"invalid community value \"{text}\": invalid section: expected two numbers from 0 to 65535, such as 64512:100";
                return false;
            case 4 when parts[0] != "large":
                error = $"invalid marker \"{parts[0]}\" in \"{text}\": expected community to be of format large:64512:1:2";
                return false;
            case 4 when TryNumber(parts[1], out uint global) && TryNumber(parts[2], out uint local1) && TryNumber(parts[3], out uint local2):
                community = Large(global, local1, local2);
                return true;
            case 4:
                error = $"invalid community value \"{text}\": invalid section: expected three numbers from 0 to 4294967295 after large:";
                return false;
            default:
                error = $"invalid community format \"{text}\": expected 64512:100 or large:64512:1:2";
                return false;
        }
    }

    public int CompareTo(Community other) => (IsLarge, Global, Local1, Local2).CompareTo((other.IsLarge, other.Global, other.Local1, other.Local2));

    public override string ToString() => IsLarge
        ? string.Create(CultureInfo.InvariantCulture, $"large:{Global}:{Local1}:{Local2}")
        : string.Create(CultureInfo.InvariantCulture, $"{Global}:{Local1}");

    public static bool operator <(Community left, Community right) => left.CompareTo(right) < 0;

    public static bool operator >(Community left, Community right) => left.CompareTo(right) > 0;

    public static bool operator <=(Community left, Community right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Community left, Community right) => left.CompareTo(right) >= 0;

    private static bool TryNumber(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
