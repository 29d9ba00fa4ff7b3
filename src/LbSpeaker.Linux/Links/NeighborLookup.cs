using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Links;

/// <summary>Asks the kernel's neighbor table for one entry (rtnetlink(7), RTM_GETNEIGH). One thread at a time.</summary>
public sealed unsafe class NeighborLookup : IDisposable
{
    private const int Netlink = 16, Raw = 3, CloseOnExec = 0x80000;
    private const ushort NewNeighbor = 28, GetNeighbor = 30, Request = 1, Destination = 1, LinkLayerAddress = 2;

    private readonly int socket = Libc.Checked(Libc.Socket(Netlink, Raw | CloseOnExec, 0), "socket(AF_NETLINK)");

    /// <summary>Null while the kernel does not know the neighbor's hardware address.</summary>
    public MacAddress? Find(int @interface, IpAddress address)
    {
        // nlmsghdr(16) ndmsg(12) rtattr(4) address(4 or 16)
        Span<byte> request = stackalloc byte[48];
        request.Clear();
        int length = 32 + address.WriteBytes(request[32..]);
        BitConverter.TryWriteBytes(request, length);
        BitConverter.TryWriteBytes(request[4..], GetNeighbor);
        BitConverter.TryWriteBytes(request[6..], Request);
        request[16] = address.Family == IpFamily.IPv4 ? (byte)2 : (byte)10;
        BitConverter.TryWriteBytes(request[20..], @interface);
        BitConverter.TryWriteBytes(request[28..], (ushort)(length - 28));
        BitConverter.TryWriteBytes(request[30..], Destination);
        Span<byte> answer = stackalloc byte[1024];
        nint received;
        fixed (byte* bytes = request)
            if (Libc.Send(socket, bytes, (nuint)length, 0) < 0) throw Libc.LastError("send(AF_NETLINK)");
        fixed (byte* bytes = answer) received = Libc.Receive(socket, bytes, (nuint)answer.Length, 0);
        return received < 28 || BitConverter.ToUInt16(answer[4..]) != NewNeighbor ? null : ReadLinkLayerAddress(answer[28..(int)received]);
    }

    public void Dispose() => _ = Libc.Close(socket);

    private static MacAddress? ReadLinkLayerAddress(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4)
        {
            int length = BitConverter.ToUInt16(attributes);
            if (length < 4 || length > attributes.Length) return null;
            if (BitConverter.ToUInt16(attributes[2..]) == LinkLayerAddress && length == 10) return MacAddress.FromBytes(attributes.Slice(4, 6));
            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }
        return null;
    }
}
