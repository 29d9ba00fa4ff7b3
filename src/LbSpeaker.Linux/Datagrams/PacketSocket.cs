using System.Buffers.Binary;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Datagrams;

/// <summary>
/// Whole IP packets to and from one link, past the routing table and its checks (packet(7), SOCK_DGRAM): a packet to our own address goes out to a neighbor, and comes back
/// in. Needs the capability NET_RAW.
/// </summary>
public sealed unsafe class PacketSocket : IDisposable
{
    private const int AfPacket = 17, Datagram = 2, NonBlocking = 0x800, CloseOnExec = 0x80000, DontWait = 0x40, AddressLength = 20;

    private readonly int @interface;
    private readonly ushort protocol;

    /// <param name="filter">What the kernel lets through, on the IP packet; see packet(7).</param>
    /// <exception cref="IOException">The process may not, or there is no such link.</exception>
    public PacketSocket(int @interface, IpFamily family, ReadOnlySpan<FilterInstruction> filter)
    {
        this.@interface = @interface;
        protocol = BinaryPrimitives.ReverseEndianness(family == IpFamily.IPv4 ? (ushort)0x0800 : (ushort)0x86DD);
        // Protocol 0 receives nothing until bind, so that nothing comes in past the filter.
        Descriptor = Libc.Checked(Libc.Socket(AfPacket, Datagram | NonBlocking | CloseOnExec, 0), "socket(AF_PACKET)");
        try
        {
            KernelFilter.TryAttach(Descriptor, filter);
            byte* address = stackalloc byte[AddressLength];
            Address(address, default);
            Libc.Checked(Libc.Bind(Descriptor, address, AddressLength), "bind(AF_PACKET)");
        }
        catch (IOException)
        {
            Dispose();
            throw;
        }
    }

    public int Descriptor { get; }

    /// <summary>False where the kernel would not take it.</summary>
    public bool TrySend(ReadOnlySpan<byte> packet, MacAddress to)
    {
        byte* address = stackalloc byte[AddressLength];
        Address(address, to);
        fixed (byte* bytes = packet) return Libc.SendTo(Descriptor, bytes, (nuint)packet.Length, DontWait, address, AddressLength) >= 0;
    }

    /// <summary>Takes one packet and returns its length; -1 when none waits.</summary>
    public int Receive(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer) return (int)Libc.Receive(Descriptor, bytes, (nuint)buffer.Length, DontWait);
    }

    public void Dispose() => _ = Libc.Close(Descriptor);

    /// <summary>struct sockaddr_ll.</summary>
    private void Address(byte* address, MacAddress mac)
    {
        new Span<byte>(address, AddressLength).Clear();
        *(ushort*)address = AfPacket;
        *(ushort*)(address + 2) = protocol;
        *(int*)(address + 4) = @interface;
        address[11] = 6;
        mac.WriteBytes(new Span<byte>(address + 12, 8));
    }
}
