using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Reports;

/// <summary>
/// The head that a datagram is kept with for <c>trace</c>: IP and UDP with true addresses and destination port, made up for the rest, since a socket is given what UDP carried and no more.
/// What begins so Wireshark reads as LINKTYPE_RAW.
/// </summary>
/// <param name="payload">What UDP carried.</param>
public readonly ref struct UdpEnvelope(IpAddress source, IpAddress destination, ushort port, byte hops, ReadOnlySpan<byte> payload)
{
    /// <summary>Octets of the head: IPv6 and UDP.</summary>
    public const int MostHead = IPv6Head + UdpHead;

    private const int IPv4Head = 20, IPv6Head = 40, UdpHead = 8, FirstDynamicPort = 49152;
    private const byte Udp = 17;

    public IpAddress Source { get; } = source;

    public IpAddress Destination { get; } = destination;

    /// <summary>The destination port.</summary>
    public ushort Port { get; } = port;

    /// <summary>The TTL or hop limit.</summary>
    public byte Hops { get; } = hops;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>Reads what <see cref="Write"/> has written, cut short or not.</summary>
    /// <returns>False for anything else.</returns>
    public static bool TryRead(ReadOnlySpan<byte> octets, out UdpEnvelope envelope)
    {
        envelope = default;
        int head = octets.IsEmpty ? 0 : (octets[0] >> 4) switch { 4 => IPv4Head, 6 => IPv6Head, _ => 0 };
        if (head == 0 || octets.Length < head + UdpHead || octets[head == IPv4Head ? 9 : 6] != Udp) return false;
        ReadOnlySpan<byte> addresses = head == IPv4Head ? octets[12..20] : octets[8..40];
        envelope = new(
            IpAddress.FromBytes(addresses[..(addresses.Length / 2)]), IpAddress.FromBytes(addresses[(addresses.Length / 2)..]), BinaryPrimitives.ReadUInt16BigEndian(octets[(head + 2)..]),
            octets[head == IPv4Head ? 8 : 7], octets[(head + UdpHead)..]);
        return true;
    }

    /// <param name="to">At least <see cref="MostHead"/> octets more than the payload has; that has at most 1400.</param>
    /// <returns>How many were written.</returns>
    public int Write(Span<byte> to)
    {
        int length = UdpHead + Payload.Length, head = Source.Family == IpFamily.IPv4 ? IPv4Head : IPv6Head;
        to[..(head + UdpHead)].Clear();
        if (head == IPv4Head)
        {
            to[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)(head + length));
            (to[8], to[9]) = (Hops, Udp);
            Source.WriteBytes(to[12..]);
            Destination.WriteBytes(to[16..]);
            BinaryPrimitives.WriteUInt16BigEndian(to[10..], Checksum(to[..head], 0));
        }
        else
        {
            to[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(to[4..], (ushort)length);
            (to[6], to[7]) = (Udp, Hops);
            Source.WriteBytes(to[8..]);
            Destination.WriteBytes(to[24..]);
        }
        Span<byte> udp = to.Slice(head, length);
        BinaryPrimitives.WriteUInt16BigEndian(udp, FirstDynamicPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)length);
        Payload.CopyTo(udp[UdpHead..]);
        // RFC 768: over the addresses, the protocol and the length too; a sum of zero is sent as all ones.
        ushort sum = Checksum(udp, Sum(to[(head == IPv4Head ? 12 : 8)..head]) + Udp + (uint)length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], sum == 0 ? ushort.MaxValue : sum);
        return head + length;
    }

    /// <summary>RFC 1071.</summary>
    private static ushort Checksum(ReadOnlySpan<byte> octets, uint before)
    {
        uint sum = before + Sum(octets);
        while (sum > ushort.MaxValue) sum = (sum & ushort.MaxValue) + (sum >> 16);
        return (ushort)~sum;
    }

    private static uint Sum(ReadOnlySpan<byte> octets)
    {
        uint sum = 0;
        for (int i = 0; i < octets.Length; i++) sum += (uint)octets[i] << (i % 2 == 0 ? 8 : 0);
        return sum;
    }
}
