using System.Globalization;

namespace LbSpeaker.Core.Net;

/// <summary>A 48-bit IEEE 802 hardware address.</summary>
/// <param name="Value">The six octets as a number, the first octet highest.</param>
public readonly record struct MacAddress(ulong Value) : IComparable<MacAddress>
{
    public int CompareTo(MacAddress other) => Value.CompareTo(other.Value);

    public static bool operator <(MacAddress left, MacAddress right) => left.Value < right.Value;

    public static bool operator >(MacAddress left, MacAddress right) => left.Value > right.Value;

    public static bool operator <=(MacAddress left, MacAddress right) => left.Value <= right.Value;

    public static bool operator >=(MacAddress left, MacAddress right) => left.Value >= right.Value;

    public static MacAddress Broadcast { get; } = new(0xFFFF_FFFF_FFFF);

    public static MacAddress FromBytes(ReadOnlySpan<byte> octets)
    {
        ulong value = 0;
        foreach (byte octet in octets[..6]) value = value << 8 | octet;
        return new(value);
    }

    public void WriteBytes(Span<byte> destination)
    {
        for (int i = 0; i < 6; i++) destination[i] = (byte)(Value >> (40 - 8 * i));
    }

    /// <summary>Six hexadecimal octets separated by colons.</summary>
    public static bool TryParse(string text, out MacAddress address)
    {
        address = default;
        string[] parts = text.Split(':');
        if (parts.Length != 6) return false;
        ulong value = 0;
        foreach (string part in parts)
        {
            if (part.Length != 2 || !byte.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet)) return false;
            value = value << 8 | octet;
        }
        address = new(value);
        return true;
    }

    public override string ToString()
    {
        ulong value = Value;
        return string.Create(17, value, static (span, v) =>
        {
            for (int i = 0; i < 6; i++)
            {
                if (i > 0) span[i * 3 - 1] = ':';
                ((byte)(v >> (40 - 8 * i))).TryFormat(span[(i * 3)..], out _, "x2", CultureInfo.InvariantCulture);
            }
        });
    }
}
