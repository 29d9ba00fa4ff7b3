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

    private const byte Solicited = 0x40, Override = 0x20;
    private static readonly IpAddress AllNodes = IpAddress.Parse("ff02::1");

    /// <summary>The answer to a solicitation, to the one who asked.</summary>
    public static void WriteSolicited(Span<byte> frame, MacAddress own, MacAddress destination, IpAddress target, IpAddress to) =>
        Write(frame, own, destination, target, to, Solicited | Override);

    /// <summary>To all nodes: an announcement, or the answer to duplicate address detection.</summary>
    public static void WriteToAllNodes(Span<byte> frame, MacAddress own, IpAddress target) =>
        Write(frame, own, new MacAddress(0x3333_0000_0001), target, AllNodes, Override);

    private static void Write(Span<byte> frame, MacAddress own, MacAddress destination, IpAddress target, IpAddress to, byte flags)
    {
        frame = frame[..Length];
        frame.Clear();
        destination.WriteBytes(frame);
        own.WriteBytes(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], Ethernet.IPv6);
        frame[14] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(frame[18..], 32);
        frame[20] = 58;
        frame[21] = 255;
        target.WriteBytes(frame[22..]);
        to.WriteBytes(frame[38..]);
        frame[54] = 136;
        frame[58] = flags;
        target.WriteBytes(frame[62..]);
        frame[78] = 2;
        frame[79] = 1;
        own.WriteBytes(frame[80..]);
        InternetChecksum.SetIcmpv6(frame);
    }
}
