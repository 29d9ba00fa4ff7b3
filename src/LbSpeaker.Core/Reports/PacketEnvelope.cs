using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Reports;

/// <summary>
/// The head that a datagram or a message of a connection is kept with for <c>trace</c>: IP and UDP or TCP with true addresses and ports as far as they are known, made up for the rest, since
/// a socket is given what they carried and no more. What begins so Wireshark reads as LINKTYPE_RAW.
/// </summary>
/// <param name="stream">Of TCP: octets that were kept before of this direction, and of the other. Null for UDP.</param>
/// <param name="payload">What UDP or TCP carried.</param>
public readonly ref struct PacketEnvelope(IpAddress source, ushort sourcePort, IpAddress destination, ushort port, byte hops, ReadOnlySpan<byte> payload, (uint Sequence, uint Heard)? stream = null)
{
    /// <summary>Octets of the head: IPv6 and TCP.</summary>
    public const int MostHead = IPv6Head + TcpHead;

    private const int IPv4Head = 20, IPv6Head = 40, UdpHead = 8, TcpHead = 20;
    private const byte Tcp = 6, Udp = 17;

    public IpAddress Source { get; } = source;

    public ushort SourcePort { get; } = sourcePort;

    public IpAddress Destination { get; } = destination;

    /// <summary>The destination port.</summary>
    public ushort Port { get; } = port;

    /// <summary>The TTL or hop limit.</summary>
    public byte Hops { get; } = hops;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>Of TCP: octets that were kept before of this direction, and of the other. Null for UDP.</summary>
    public (uint Sequence, uint Heard)? Stream { get; } = stream;

    /// <summary>Reads what <see cref="Write"/> has written, cut short or not.</summary>
    /// <returns>False for anything else.</returns>
    public static bool TryRead(ReadOnlySpan<byte> octets, out PacketEnvelope envelope)
    {
        envelope = default;
        int head = octets.IsEmpty ? 0 : (octets[0] >> 4) switch { 4 => IPv4Head, 6 => IPv6Head, _ => 0 };
        if (head == 0 || octets.Length < head) return false;
        byte protocol = octets[head == IPv4Head ? 9 : 6];
        int inner = protocol switch { Udp => UdpHead, Tcp => TcpHead, _ => 0 };
        if (inner == 0 || octets.Length < head + inner) return false;
        ReadOnlySpan<byte> addresses = head == IPv4Head ? octets[12..20] : octets[8..40], ports = octets[head..];
        (uint, uint)? stream = protocol == Tcp ? (BinaryPrimitives.ReadUInt32BigEndian(ports[4..]), BinaryPrimitives.ReadUInt32BigEndian(ports[8..])) : null;
        envelope = new(
            IpAddress.FromBytes(addresses[..(addresses.Length / 2)]), BinaryPrimitives.ReadUInt16BigEndian(ports), IpAddress.FromBytes(addresses[(addresses.Length / 2)..]),
            BinaryPrimitives.ReadUInt16BigEndian(ports[2..]), octets[head == IPv4Head ? 8 : 7], octets[(head + inner)..], stream);
        return true;
    }

    /// <param name="to">At least <see cref="MostHead"/> octets more than the payload has; that has at most 60000.</param>
    /// <returns>How many were written.</returns>
    public int Write(Span<byte> to)
    {
        byte protocol = Stream is null ? Udp : Tcp;
        int inner = Stream is null ? UdpHead : TcpHead, length = inner + Payload.Length, head = Source.Family == IpFamily.IPv4 ? IPv4Head : IPv6Head;
        to[..(head + inner)].Clear();
        if (head == IPv4Head)
        {
            to[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)(head + length));
            (to[8], to[9]) = (Hops, protocol);
            Source.WriteBytes(to[12..]);
            Destination.WriteBytes(to[16..]);
            BinaryPrimitives.WriteUInt16BigEndian(to[10..], Checksum(to[..head], 0));
        }
        else
        {
            to[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(to[4..], (ushort)length);
            (to[6], to[7]) = (protocol, Hops);
            Source.WriteBytes(to[8..]);
            Destination.WriteBytes(to[24..]);
        }
        Span<byte> body = to.Slice(head, length);
        BinaryPrimitives.WriteUInt16BigEndian(body, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(body[2..], Port);
        if (Stream is var (sequence, heard))
        {
            BinaryPrimitives.WriteUInt32BigEndian(body[4..], sequence);
            BinaryPrimitives.WriteUInt32BigEndian(body[8..], heard);
            // Five words of head, PSH and ACK, and a window of some size.
            (body[12], body[13]) = (TcpHead / 4 << 4, 0x18);
            BinaryPrimitives.WriteUInt16BigEndian(body[14..], ushort.MaxValue);
        }
        else BinaryPrimitives.WriteUInt16BigEndian(body[4..], (ushort)length);
        Payload.CopyTo(body[inner..]);
        // RFC 768 and 9293: over the addresses, the protocol and the length too; of UDP a sum of zero is sent as all ones.
        ushort sum = Checksum(body, Sum(to[(head == IPv4Head ? 12 : 8)..head]) + protocol + (uint)length);
        BinaryPrimitives.WriteUInt16BigEndian(body[(Stream is null ? 6 : 16)..], sum == 0 && Stream is null ? ushort.MaxValue : sum);
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
