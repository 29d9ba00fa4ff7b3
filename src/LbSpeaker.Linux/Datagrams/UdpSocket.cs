using System.Runtime.InteropServices;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Datagrams;

/// <summary>
/// A UDP socket that never blocks, allocates nothing for a datagram, and says with each one where it came in and how far it has travelled. Errors of sending are numbers: a
/// link that is down must not cost an exception a packet.
/// </summary>
public sealed unsafe class UdpSocket : IDisposable
{
    private const int Datagram = 2, NonBlocking = 0x800, CloseOnExec = 0x80000, DontWait = 0x40;
    private const int SolSocket = 1, SoReceiveBuffer = 8, SoBindToDevice = 25, SoMemoryInfo = 55, MemoryInfoDrops = 8;
    private const int IpProtocol = 0, IpTos = 1, IpTtl = 2, IpPacketInfo = 8, IpReceiveTtl = 12;
    private const int Ipv6Protocol = 41, Ipv6UnicastHops = 16, Ipv6Only = 26, Ipv6ReceivePacketInfo = 49, Ipv6PacketInfo = 50, Ipv6ReceiveHopLimit = 51, Ipv6HopLimit = 52, Ipv6TrafficClass = 67;

    private readonly bool v4;

    /// <param name="device">A link or VRF that the socket is kept to; null for none.</param>
    /// <exception cref="IOException">There is no such device, or the process may not.</exception>
    public UdpSocket(IpFamily family, string? device)
    {
        v4 = family == IpFamily.IPv4;
        Descriptor = Libc.Checked(Libc.Socket(v4 ? UdpEndpoint.AfInet : UdpEndpoint.AfInet6, Datagram | NonBlocking | CloseOnExec, 17), "socket(SOCK_DGRAM)");
        try
        {
            if (!v4) Set(Ipv6Protocol, Ipv6Only, 1);
            if (device is null) return;
            Span<byte> name = stackalloc byte[16];
            name.Clear();
            System.Text.Encoding.UTF8.GetBytes(device.AsSpan(0, Math.Min(device.Length, 15)), name);
            fixed (byte* bytes = name) Libc.Checked(Libc.SetSocketOption(Descriptor, SolSocket, SoBindToDevice, bytes, 16), $"setsockopt(SO_BINDTODEVICE, {device})");
        }
        catch (IOException)
        {
            Dispose();
            throw;
        }
    }

    public int Descriptor { get; }

    /// <summary>Datagrams that the kernel dropped on this socket: refused by its filter, or for want of room.</summary>
    public long Dropped
    {
        get
        {
            uint* counters = stackalloc uint[16];
            uint length = 64;
            return Libc.GetSocketOption(Descriptor, SolSocket, SoMemoryInfo, counters, &length) == 0 && length > MemoryInfoDrops * 4 ? counters[MemoryInfoDrops] : 0;
        }
    }

    /// <param name="hops">TTL or hop limit of what is sent.</param>
    /// <param name="trafficClass">The TOS octet or traffic class.</param>
    public void SetOutgoing(byte hops, byte trafficClass)
    {
        Set(v4 ? IpProtocol : Ipv6Protocol, v4 ? IpTtl : Ipv6UnicastHops, hops);
        Set(v4 ? IpProtocol : Ipv6Protocol, v4 ? IpTos : Ipv6TrafficClass, trafficClass);
    }

    /// <summary>Has the kernel report where datagrams come in and their TTL.</summary>
    public void ReportArrivals()
    {
        Set(v4 ? IpProtocol : Ipv6Protocol, v4 ? IpPacketInfo : Ipv6ReceivePacketInfo, 1);
        Set(v4 ? IpProtocol : Ipv6Protocol, v4 ? IpReceiveTtl : Ipv6ReceiveHopLimit, 1);
    }

    /// <summary>Lets the kernel drop what did not arrive with this TTL or hop limit. IP_MINTTL does nothing on UDP.</summary>
    public void KeepTtl(byte ttl)
    {
        const ushort loadOctet = 0x30, jumpIfEqual = 0x15, @return = 0x06;
        const uint networkHeader = 0xFFF00000;
        KernelFilter.TryAttach(Descriptor, [new(loadOctet, 0, 0, networkHeader + (v4 ? 8u : 7u)), new(jumpIfEqual, 0, 1, ttl), new(@return, 0, 0, uint.MaxValue), new(@return, 0, 0, 0)]);
    }

    /// <summary>Lets the kernel drop everything: the socket only sends.</summary>
    public void KeepNothing() => KernelFilter.TryAttach(Descriptor, [new(0x06, 0, 0, 0)]);

    /// <param name="octets">The kernel takes twice that, up to net.core.rmem_max.</param>
    public void SetReceiveBuffer(int octets) => Set(SolSocket, SoReceiveBuffer, octets);

    /// <summary>The number of the error that stood against it (errno), or 0.</summary>
    public int Bind(UdpEndpoint local)
    {
        Span<byte> sockaddr = stackalloc byte[UdpEndpoint.MaxLength];
        int length = local.Write(sockaddr);
        fixed (byte* address = sockaddr) return Libc.Bind(Descriptor, address, (uint)length) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>The number of the error that stood against it (errno), or 0.</summary>
    public int Send(ReadOnlySpan<byte> payload, in UdpEndpoint to)
    {
        Span<byte> sockaddr = stackalloc byte[UdpEndpoint.MaxLength];
        int length = to.Write(sockaddr);
        fixed (byte* bytes = payload)
        fixed (byte* address = sockaddr)
            return Libc.SendTo(Descriptor, bytes, (nuint)payload.Length, DontWait, address, (uint)length) >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Takes one datagram. False when none waits.</summary>
    /// <param name="buffer">What is longer is cut.</param>
    public bool TryReceive(Span<byte> buffer, out UdpArrival arrival)
    {
        const int controlLength = 128;
        byte* sockaddr = stackalloc byte[UdpEndpoint.MaxLength];
        byte* control = stackalloc byte[controlLength];
        fixed (byte* bytes = buffer)
        {
            Libc.IoVector vector = new() { Base = bytes, Length = (nuint)buffer.Length };
            Libc.MessageHeader message = new() { Name = sockaddr, NameLength = UdpEndpoint.MaxLength, Vectors = &vector, VectorCount = 1, Control = control, ControlLength = controlLength };
            nint received = Libc.ReceiveMessage(Descriptor, &message, DontWait);
            arrival = default;
            if (received < 0) return false;
            IpAddress destination = default;
            int @interface = 0, ttl = -1;
            // struct cmsghdr: length(8) level(4) type(4), then the data; the next one at a multiple of eight.
            for (nuint at = 0; at + 16 <= message.ControlLength;)
            {
                nuint length = *(nuint*)(control + at);
                if (length < 16 || at + length > message.ControlLength) break;
                byte* data = control + at + 16;
                switch (*(int*)(control + at + 8), *(int*)(control + at + 12))
                {
                    case (IpProtocol, IpTtl) or (Ipv6Protocol, Ipv6HopLimit):
                        ttl = *(int*)data;
                        break;
                    case (IpProtocol, IpPacketInfo):
                        @interface = *(int*)data;
                        destination = IpAddress.FromBytes(new ReadOnlySpan<byte>(data + 8, 4));
                        break;
                    case (Ipv6Protocol, Ipv6PacketInfo):
                        destination = IpAddress.FromBytes(new ReadOnlySpan<byte>(data, 16));
                        @interface = *(int*)(data + 16);
                        break;
                }
                at += (length + 7) & ~(nuint)7;
            }
            arrival = new((int)received, UdpEndpoint.Read(new ReadOnlySpan<byte>(sockaddr, UdpEndpoint.MaxLength)), destination, @interface, ttl);
            return true;
        }
    }

    public void Dispose() => _ = Libc.Close(Descriptor);

    private void Set(int level, int option, int value) => Libc.Checked(Libc.SetSocketOption(Descriptor, level, option, &value, 4), $"setsockopt({level}, {option})");
}
