using System.Globalization;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>
/// An extended community (RFC 4360 section 2): a type of one or two octets, and a value that is the type's own. Sorts by number.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  Type high    |  Type low(*)  |                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+          Value                |
/// |                                                               |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
public readonly record struct ExtendedCommunity(ulong Value) : IComparable<ExtendedCommunity>
{
    private const ushort LinkBandwidthType = 0x4004, TransitiveBit = 0x4000;

    /// <summary>Stays inside the AS (RFC 4360 section 2, bit T).</summary>
    public bool IsNonTransitive => (Type & TransitiveBit) != 0;

    private ushort Type => (ushort)(Value >> 48);

    /// <summary>The bandwidth of the link to the next hop, for weighted load sharing (draft-ietf-idr-link-bandwidth section 2).</summary>
    /// <param name="asNumber">The sender's; 23456 stands for one that needs four octets.</param>
    /// <param name="octetsPerSecond">Not negative; the wire has an IEEE 754 single.</param>
    public static ExtendedCommunity LinkBandwidth(uint asNumber, float octetsPerSecond)
    {
        if (!float.IsFinite(octetsPerSecond) || octetsPerSecond < 0)
            throw new ArgumentOutOfRangeException(nameof(octetsPerSecond), octetsPerSecond, "a bandwidth is finite and not negative");
        return new((ulong)LinkBandwidthType << 48 | (ulong)OpenMessage.TwoOctets(asNumber) << 32 | BitConverter.SingleToUInt32Bits(octetsPerSecond));
    }

    /// <summary>True where it is a link bandwidth, transitive or not.</summary>
    public bool TryGetLinkBandwidth(out ushort asNumber, out float octetsPerSecond)
    {
        asNumber = (ushort)(Value >> 32);
        octetsPerSecond = BitConverter.UInt32BitsToSingle((uint)Value);
        return (Type | TransitiveBit) == LinkBandwidthType;
    }

    public int CompareTo(ExtendedCommunity other) => Value.CompareTo(other.Value);

    public override string ToString() => TryGetLinkBandwidth(out ushort asNumber, out float octetsPerSecond)
        ? string.Create(CultureInfo.InvariantCulture, $"link-bandwidth:{asNumber}:{octetsPerSecond}{(IsNonTransitive ? "" : ":transitive")}")
        : $"0x{Value:x16}";
}
