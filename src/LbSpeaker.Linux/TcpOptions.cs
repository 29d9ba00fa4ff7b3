using System.Net;
using System.Net.Sockets;
using System.Text;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux;

/// <summary>Options of TCP sockets that .NET has no name for (tcp(7), ip(7), ipv6(7)). All of them throw <see cref="SocketException"/> where the kernel refuses.</summary>
public static class TcpOptions
{
    private const int SolIp = 0, SolSocket = 1, SolTcp = 6, SolIPv6 = 41;
    private const int TcpMd5Sig = 14, TcpUserTimeout = 18, TcpNotSentLowWater = 25, BindToDeviceOption = 25;
    private const int IpTtl = 2, IpMinTtl = 21, IPv6UnicastHops = 16, IPv6MinHopCount = 73;
    private const int LongestKey = 80, SockaddrStorage = 128, Md5SigLength = SockaddrStorage + 8 + LongestKey;

    extension(Socket socket)
    {
        /// <summary>
        /// Segments to and from the peer carry, and must carry, an MD5 signature by this key (RFC 2385). On a listening socket it counts for connections of that peer.
        /// </summary>
        /// <param name="key">1 to 80 octets of UTF-8; null takes the peer's key away.</param>
        public void SetMd5Key(IPEndPoint peer, string? key)
        {
            // struct tcp_md5sig: sockaddr_storage(128), flags(1), prefixlen(1), keylen(2), ifindex(4), key(80).
            Span<byte> option = stackalloc byte[Md5SigLength];
            option.Clear();
            peer.Serialize().Buffer.Span.CopyTo(option);
            if (key is not null)
            {
                byte[] octets = Encoding.UTF8.GetBytes(key);
                if (octets.Length is 0 or > LongestKey) throw new ArgumentException($"a key has 1 to {LongestKey} octets, not {octets.Length}", nameof(key));
                BitConverter.TryWriteBytes(option[(SockaddrStorage + 2)..], (ushort)octets.Length);
                octets.CopyTo(option[(SockaddrStorage + 8)..]);
            }
            socket.SetRawSocketOption(SolTcp, TcpMd5Sig, option);
        }

        /// <summary>Everything goes and comes through this link or VRF (SO_BINDTODEVICE).</summary>
        public void BindToDevice(string name) => socket.SetRawSocketOption(SolSocket, BindToDeviceOption, Encoding.UTF8.GetBytes(name + "\0"));

        /// <param name="hops">1 to 255.</param>
        public void SetHops(IpFamily family, int hops) =>
            socket.SetNumber(family == IpFamily.IPv4 ? SolIp : SolIPv6, family == IpFamily.IPv4 ? IpTtl : IPv6UnicastHops, hops);

        /// <summary>Packets of the peer with a lower TTL or hop limit are dropped by the kernel (GTSM, RFC 5082).</summary>
        public void SetLeastHops(IpFamily family, int hops) =>
            socket.SetNumber(family == IpFamily.IPv4 ? SolIp : SolIPv6, family == IpFamily.IPv4 ? IpMinTtl : IPv6MinHopCount, hops);

        /// <summary>How long sent octets may be unacknowledged before the kernel gives the connection up.</summary>
        public void SetUserTimeout(TimeSpan timeout) => socket.SetNumber(SolTcp, TcpUserTimeout, (int)timeout.TotalMilliseconds);

        /// <summary>How many octets may wait in the kernel unsent before it takes no more: what was written long ago is not what one would write now.</summary>
        public void SetNotSentLimit(int octets) => socket.SetNumber(SolTcp, TcpNotSentLowWater, octets);

        private void SetNumber(int level, int option, int value)
        {
            Span<byte> octets = stackalloc byte[sizeof(int)];
            BitConverter.TryWriteBytes(octets, value);
            socket.SetRawSocketOption(level, option, octets);
        }
    }
}
