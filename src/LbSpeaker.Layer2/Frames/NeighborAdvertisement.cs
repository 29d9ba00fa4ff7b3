using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Frames;

/// <summary>
/// A Neighbor Advertisement with a target link-layer address option in one Ethernet frame (RFC 4861 section 4.4). Written here because the packet library
/// writes the ICMPv6 header twice, and kernels drop that.
/// </summary>
internal static class NeighborAdvertisement
{
    public const int Length = 86;

    public const byte Type = 136, Solicited = 0x40;

    private const byte Override = 0x20;
    private static readonly MacAddress AllNodesGroup = new(0x3333_0000_0001);
    private static readonly IpAddress AllNodes = IpAddress.Parse("ff02::1");

    /// <summary>The answer to a solicitation, to the one who asked.</summary>
    public static void WriteSolicited(Span<byte> frame, MacAddress own, MacAddress destination, IpAddress target, IpAddress to) =>
        Write(frame, own, destination, target, to, Solicited | Override);

    /// <summary>To all nodes: an announcement, or the answer to duplicate address detection.</summary>
    public static void WriteToAllNodes(Span<byte> frame, MacAddress own, IpAddress target) =>
        Write(frame, own, AllNodesGroup, target, AllNodes, Override);

    private static void Write(Span<byte> frame, MacAddress own, MacAddress destination, IpAddress target, IpAddress to, byte flags)
    {
        frame = frame[..Length];
        frame.Clear();
        destination.WriteBytes(frame);
        own.WriteBytes(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], Ethernet.IPv6);

        Span<byte> packet = frame[Ethernet.HeaderLength..];
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], 32);
        packet[6] = 58;
        packet[7] = 255;
        target.WriteBytes(packet[8..]);
        to.WriteBytes(packet[24..]);
        packet[40] = Type;
        packet[44] = flags;
        target.WriteBytes(packet[48..]);
        packet[64] = 2;
        packet[65] = 1;
        own.WriteBytes(packet[66..]);
        Icmpv6Checksum.Set(packet);
    }
}
