using System.Runtime.InteropServices;

namespace LbSpeaker.Linux.Links;

/// <summary>
/// Follows the interfaces of this network namespace: the kernel says at once when a link or an address changes (rtnetlink), and then the whole table is
/// read again. Reading the whole costs little and cannot go wrong by a lost message. One thread may drain while another reads.
/// </summary>
public sealed unsafe class LinkMonitor : IDisposable
{
    private const int Netlink = 16, Raw = 3, CloseOnExec = 0x80000, DontWait = 0x40;
    private const uint LinkGroup = 1, IPv4AddressGroup = 0x10, IPv6AddressGroup = 0x100;
    private const ushort GetLink = 18, GetAddr = 22;

    private readonly int events = Open(LinkGroup | IPv4AddressGroup | IPv6AddressGroup);
    private readonly int dumps = Open(0);
    private readonly byte[] buffer = new byte[64 * 1024];

    /// <summary>Readable when something changed; then <see cref="Drain"/> and <see cref="Read"/>.</summary>
    public int EventDescriptor => events;

    /// <summary>Empties the event socket. What was lost because it overflowed does not matter: the table is read whole.</summary>
    public void Drain()
    {
        byte* ignored = stackalloc byte[4096];
        while (Libc.Receive(events, ignored, 4096, DontWait) > 0 || Marshal.GetLastPInvokeError() is Libc.ENOBUFS or Libc.EINTR) { }
    }

    /// <summary>Every interface, sorted by index.</summary>
    public IReadOnlyList<LinkState> Read()
    {
        LinkTable table = new();
        Dump(GetLink, table);
        Dump(GetAddr, table);
        return table.ToList();
    }

    public void Dispose()
    {
        _ = Libc.Close(events);
        _ = Libc.Close(dumps);
    }

    private static int Open(uint groups)
    {
        int fd = Libc.Checked(Libc.Socket(Netlink, Raw | CloseOnExec, 0), "socket(AF_NETLINK)");
        uint* address = stackalloc uint[3];
        address[0] = Netlink;
        address[1] = 0;
        address[2] = groups;
        Libc.Checked(Libc.Bind(fd, address, 12), "bind(AF_NETLINK)");
        return fd;
    }

    private void Dump(ushort type, LinkTable table)
    {
        uint* request = stackalloc uint[8];
        new Span<uint>(request, 8).Clear();
        request[0] = 32;
        request[1] = type | 0x301u << 16;
        if (Libc.Send(dumps, request, 32, 0) < 0) throw Libc.LastError("send(AF_NETLINK)");
        while (true)
        {
            nint received;
            fixed (byte* bytes = buffer) received = Libc.Receive(dumps, bytes, (nuint)buffer.Length, 0);
            if (received < 0)
            {
                if (Marshal.GetLastPInvokeError() == Libc.EINTR) continue;
                throw Libc.LastError("recv(AF_NETLINK)");
            }
            if (table.Take(buffer.AsSpan(0, (int)received))) return;
        }
    }
}
