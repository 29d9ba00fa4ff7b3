using System.Buffers.Binary;

namespace LbSpeaker.Layer2.Frames;

/// <summary>The checksum of ICMPv6 (RFC 4443 section 2.3) over the pseudo header of RFC 8200 section 8.1, in an IPv6 packet without extension headers.</summary>
internal static class Icmpv6Checksum
{
    private const int Addresses = 8, Icmp = 40, NextHeader = 58;

    /// <param name="packet">Ends where its payload ends.</param>
    public static bool IsValid(ReadOnlySpan<byte> packet) => Sum(packet) == 0xFFFF;

    /// <summary>Fills in the checksum field, which must be zero before.</summary>
    public static void Set(Span<byte> packet) => BinaryPrimitives.WriteUInt16BigEndian(packet[(Icmp + 2)..], (ushort)~Sum(packet));

    private static uint Sum(ReadOnlySpan<byte> packet)
    {
        uint sum = (uint)(packet.Length - Icmp) + NextHeader;
        ReadOnlySpan<byte> rest = packet[Addresses..];
        for (; rest.Length >= 2; rest = rest[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length == 1) sum += (uint)rest[0] << 8;
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return sum;
    }
}
