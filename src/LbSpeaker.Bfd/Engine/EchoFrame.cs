using System.Buffers.Binary;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Linux;

namespace LbSpeaker.Bfd.Engine;

/// <summary>
/// The IP and UDP headers around an echo packet. Written here because the packet goes to our own address by way of a neighbor, which no socket above the link would do.
/// </summary>
internal static class EchoFrame
{
    public const int MaxLength = 40 + Udp + EchoPacket.Length;

    private const int Udp = 8;
    private const byte Protocol = 17;
    /// <summary>Internetwork control (CS6), as control packets have it.</summary>
    private const byte TrafficClass = 0xC0;

    /// <summary>Returns the length of the whole packet.</summary>
    /// <param name="local">Where it is to come back to.</param>
    public static int Write(Span<byte> frame, IpAddress source, IpAddress local, ReadOnlySpan<byte> echo)
    {
        bool v4 = local.Family == IpFamily.IPv4;
        int header = v4 ? 20 : 40, length = header + Udp + echo.Length;
        frame = frame[..length];
        frame.Clear();
        Span<byte> udp = frame[header..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, BfdPorts.Echo);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], BfdPorts.Echo);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        echo.CopyTo(udp[Udp..]);
        if (v4)
        {
            frame[0] = 0x45;
            frame[1] = TrafficClass;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)length);
            frame[8] = 255;
            frame[9] = Protocol;
            source.WriteBytes(frame[12..]);
            local.WriteBytes(frame[16..]);
            BinaryPrimitives.WriteUInt16BigEndian(frame[10..], Complement(Sum(frame[..header])));
        }
        else
        {
            frame[0] = 0x60 | TrafficClass >> 4;
            frame[1] = TrafficClass << 4 & 0xFF;
            BinaryPrimitives.WriteUInt16BigEndian(frame[4..], (ushort)udp.Length);
            frame[6] = Protocol;
            frame[7] = 255;
            source.WriteBytes(frame[8..]);
            local.WriteBytes(frame[24..]);
        }
        ReadOnlySpan<byte> addresses = v4 ? frame[12..20] : frame[8..40];
        ushort checksum = Complement(Sum(addresses) + Protocol + (uint)udp.Length + Sum(udp));
        // RFC 768: a sum of zero is sent as all ones.
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum == 0 ? (ushort)0xFFFF : checksum);
        return length;
    }

    /// <summary>The echo packet inside; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> frame, IpFamily family)
    {
        int start = (family == IpFamily.IPv4 ? 20 : 40) + Udp;
        return frame.Length < start + EchoPacket.Length ? default : frame.Slice(start, EchoPacket.Length);
    }

    /// <summary>Lets the kernel pass UDP to the echo port that begins like an echo packet of ours.</summary>
    public static FilterInstruction[] Filter(IpFamily family)
    {
        const ushort loadOctet = 0x30, loadHalf = 0x28, loadWord = 0x20, jumpIfEqual = 0x15, @return = 0x06;
        uint protocol = family == IpFamily.IPv4 ? 9u : 6u, udp = family == IpFamily.IPv4 ? 20u : 40u;
        return
        [
            new(loadOctet, 0, 0, protocol), new(jumpIfEqual, 0, 5, Protocol),
            new(loadHalf, 0, 0, udp + 2), new(jumpIfEqual, 0, 3, BfdPorts.Echo),
            new(loadWord, 0, 0, udp + Udp), new(jumpIfEqual, 0, 1, EchoPacket.Magic),
            new(@return, 0, 0, uint.MaxValue), new(@return, 0, 0, 0),
        ];
    }

    private static uint Sum(ReadOnlySpan<byte> octets)
    {
        uint sum = 0;
        for (int i = 0; i < octets.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(octets[i..]);
        return sum;
    }

    private static ushort Complement(uint sum)
    {
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
