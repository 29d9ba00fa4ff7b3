using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Datagrams;

/// <summary>Where a datagram goes to or comes from.</summary>
/// <param name="Scope">Index of the link of a link-local IPv6 address; 0 else.</param>
public readonly record struct UdpEndpoint(IpAddress Address, ushort Port, int Scope)
{
    /// <summary>struct sockaddr_in6.</summary>
    internal const int MaxLength = 28;

    internal const ushort AfInet = 2, AfInet6 = 10;

    /// <summary>Writes struct sockaddr_in or sockaddr_in6 and returns its length.</summary>
    internal int Write(Span<byte> sockaddr)
    {
        sockaddr.Clear();
        bool v4 = Address.Family == IpFamily.IPv4;
        BitConverter.TryWriteBytes(sockaddr, v4 ? AfInet : AfInet6);
        BinaryPrimitives.WriteUInt16BigEndian(sockaddr[2..], Port);
        Address.WriteBytes(sockaddr[(v4 ? 4 : 8)..]);
        if (!v4) BitConverter.TryWriteBytes(sockaddr[24..], Scope);
        return v4 ? 16 : MaxLength;
    }

    internal static UdpEndpoint Read(ReadOnlySpan<byte> sockaddr)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(sockaddr[2..]);
        return BitConverter.ToUInt16(sockaddr) == AfInet
            ? new(IpAddress.FromBytes(sockaddr.Slice(4, 4)), port, 0)
            : new(IpAddress.FromBytes(sockaddr.Slice(8, 16)), port, BitConverter.ToInt32(sockaddr[24..]));
    }
}

/// <summary>What came with a datagram.</summary>
/// <param name="Destination">Our address that it was sent to.</param>
/// <param name="Interface">Index of the link that it came in by.</param>
/// <param name="Ttl">TTL or hop limit as it arrived; -1 where the kernel did not say.</param>
public readonly record struct UdpArrival(int Length, UdpEndpoint Source, IpAddress Destination, int Interface, int Ttl);
