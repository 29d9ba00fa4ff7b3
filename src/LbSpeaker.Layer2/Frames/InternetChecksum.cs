using System.Buffers.Binary;

namespace LbSpeaker.Layer2.Frames;

/// <summary>The checksum of ICMPv6 (RFC 4443 section 2.3) over the pseudo header of RFC 8200 section 8.1, in an Ethernet frame without extension headers.</summary>
internal static class InternetChecksum
{
    private const int Addresses = 22, Icmp = 54;

    /// <param name="frame">Ends where the IPv6 payload ends.</param>
    public static bool IsValidIcmpv6(ReadOnlySpan<byte> frame) => Sum(frame) == 0xFFFF;

    /// <summary>Fills in the checksum field, which must be zero before.</summary>
    public static void SetIcmpv6(Span<byte> frame) => BinaryPrimitives.WriteUInt16BigEndian(frame[(Icmp + 2)..], (ushort)~Sum(frame));

    private static uint Sum(ReadOnlySpan<byte> frame)
    {
        uint sum = (uint)(frame.Length - Icmp) + 58;
        ReadOnlySpan<byte> rest = frame[Addresses..];
        for (; rest.Length >= 2; rest = rest[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length == 1) sum += (uint)rest[0] << 8;
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return sum;
    }
}
