using System.Net;
using System.Net.Sockets;

namespace LbSpeaker.Linux;

/// <summary>Raw ICMPv6 sockets for what neighbours on one link tell each other (RFC 4861).</summary>
public static class NeighborSocket
{
    private const int SolIcmpv6 = 58, Icmpv6Filter = 1, SolIPv6 = 41, IPv6UnicastHops = 16, IPv6MulticastHops = 18;
    private const int LinkHops = 255;

    /// <summary>Loads from the network header on (linux/filter.h, SKF_NET_OFF).</summary>
    private const uint NetworkHeader = unchecked((uint)-0x100000);
    private const uint HopLimitOffset = 7;

    extension(Socket socket)
    {
        /// <summary>
        /// Sends and receives on this link alone, and with a hop limit of 255 alone: what comes from behind a router has less (RFC 4861 section 6.1). The kernel
        /// writes and checks the checksums.
        /// </summary>
        /// <param name="interfaceIndex">Of the link.</param>
        /// <param name="types">ICMPv6 types that are wanted.</param>
        /// <exception cref="SocketException">The kernel refuses.</exception>
        public void RestrictToLink(string interfaceName, int interfaceIndex, params ReadOnlySpan<byte> types)
        {
            socket.BindToDevice(interfaceName);
            SetNumber(socket, IPv6UnicastHops, LinkHops);
            SetNumber(socket, IPv6MulticastHops, LinkHops);
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, interfaceIndex);
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastLoopback, false);
            socket.SetRawSocketOption(SolIcmpv6, Icmpv6Filter, FilterOf(types));
            KernelFilter.TryAttach((int)socket.Handle, [new(0x30, 0, 0, NetworkHeader + HopLimitOffset), new(0x15, 0, 1, LinkHops), new(0x06, 0, 0, uint.MaxValue), new(0x06, 0, 0, 0)]);
        }

        /// <summary>Hears what is sent to a group on the link.</summary>
        public void Join(IPAddress group, int interfaceIndex) => socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group, interfaceIndex));
    }

    /// <summary>struct icmp6_filter: 256 bits, set for the types that are dropped; in words of host order.</summary>
    private static byte[] FilterOf(ReadOnlySpan<byte> wanted)
    {
        uint[] words = new uint[8];
        Array.Fill(words, uint.MaxValue);
        foreach (byte type in wanted) words[type >> 5] &= ~(1u << (type & 31));
        byte[] filter = new byte[32];
        Buffer.BlockCopy(words, 0, filter, 0, filter.Length);
        return filter;
    }

    private static void SetNumber(Socket socket, int option, int value)
    {
        Span<byte> octets = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(octets, value);
        socket.SetRawSocketOption(SolIPv6, option, octets);
    }
}
