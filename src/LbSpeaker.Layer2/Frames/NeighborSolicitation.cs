using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Frames;

/// <summary>The Neighbor Solicitation of duplicate address detection in one Ethernet frame (RFC 4861 section 4.3, RFC 4862 section 5.4.2): from no address, without options.</summary>
internal static class NeighborSolicitation
{
    public const byte Type = 135;

    private const int Length = 78;

    public static byte[] OfDuplicateDetection(IpAddress target, MacAddress own)
    {
        IpAddress group = SolicitedNode.Of(target);
        byte[] frame = new byte[Length];
        // RFC 2464 section 7: 33:33 and the last 32 bits of the group.
        new MacAddress(0x3333_0000_0000ul | (uint)group.Value).WriteBytes(frame);
        own.WriteBytes(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), Ethernet.IPv6);

        Span<byte> packet = frame.AsSpan(Ethernet.HeaderLength);
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], 24);
        packet[6] = 58;
        packet[7] = 255;
        group.WriteBytes(packet[24..]);
        packet[40] = Type;
        target.WriteBytes(packet[48..]);
        Icmpv6Checksum.Set(packet);
        return frame;
    }
}
