using System.Runtime.InteropServices;

namespace LbSpeaker.Linux.Links;

/// <summary>
/// Follows the interfaces of this network namespace: the kernel says at once when a link or an IPv6 address changes (rtnetlink), and then the whole table is
/// read again. Reading the whole costs little and cannot go wrong by a lost message; of the messages themselves only one fact is kept, that a link was down.
/// </summary>
public sealed unsafe class LinkMonitor : ILinkMonitor
{
    private const int Netlink = 16, Raw = 3, CloseOnExec = 0x80000, DontWait = 0x40, RealLength = 0x20;
    private const uint LinkGroup = 1, IPv6AddressGroup = 0x100;
    private const ushort GetLink = 18, GetAddr = 22, Request = 0x1, Dump = 0x300;
    private const byte IPv6Family = 10;
    private const int DrainedAtOnce = 64, ReadAgain = 8;

    private readonly int events = Open(LinkGroup | IPv6AddressGroup);
    private readonly int dumps = Open(0);
    private readonly byte[] eventBuffer = new byte[16 * 1024];
    private readonly byte[] dumpBuffer = new byte[64 * 1024];
    private readonly Lock gate = new();
    private readonly Dictionary<int, long> downs = [];

    public int EventDescriptor => events;

    /// <summary>What was lost because the socket overflowed, or a message too long, does not matter: the table is read whole, and it counts lost carriers itself.</summary>
    public void Drain()
    {
        for (int i = 0; i < DrainedAtOnce; i++)
        {
            nint received;
            fixed (byte* bytes = eventBuffer) received = Libc.Receive(events, bytes, (nuint)eventBuffer.Length, DontWait | RealLength);
            if (received < 0)
            {
                if (Marshal.GetLastPInvokeError() == Libc.EAGAIN) return;
                if (Marshal.GetLastPInvokeError() is not (Libc.ENOBUFS or Libc.EINTR)) throw Libc.LastError("recv(AF_NETLINK)");
                continue;
            }
            if (received > eventBuffer.Length) continue;
            lock (gate)
                foreach (int index in LinkTable.Downs(eventBuffer.AsSpan(0, (int)received)))
                    downs[index] = downs.GetValueOrDefault(index) + 1;
        }
    }

    public IReadOnlyList<LinkState> Read()
    {
        LinkTable table;
        int tries = 0;
        do
        {
            table = new LinkTable();
            Fill(table, GetLink, family: 0);
            Fill(table, GetAddr, IPv6Family);
        }
        // The table changed while it was dumped, and something may be missing from it.
        while (table.IsInconsistent && ++tries < ReadAgain);

        lock (gate)
        {
            List<LinkState> links = table.ToList(index => downs.GetValueOrDefault(index));
            foreach (int gone in downs.Keys.Where(i => !links.Exists(l => l.Index == i)).ToList()) downs.Remove(gone);
            return links;
        }
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

    /// <summary>struct nlmsghdr (length, type, flags, sequence, port), then a header of at most 16 octets that starts with the address family.</summary>
    private void Fill(LinkTable table, ushort type, byte family)
    {
        uint* request = stackalloc uint[8];
        new Span<uint>(request, 8).Clear();
        request[0] = 32;
        ((ushort*)request)[2] = type;
        ((ushort*)request)[3] = Request | Dump;
        ((byte*)request)[16] = family;
        if (Libc.Send(dumps, request, 32, 0) < 0) throw Libc.LastError("send(AF_NETLINK)");
        while (true)
        {
            nint received;
            fixed (byte* bytes = dumpBuffer) received = Libc.Receive(dumps, bytes, (nuint)dumpBuffer.Length, RealLength);
            if (received < 0)
            {
                if (Marshal.GetLastPInvokeError() == Libc.EINTR) continue;
                throw Libc.LastError("recv(AF_NETLINK)");
            }
            if (received > dumpBuffer.Length) throw new IOException($"the kernel lists the interfaces in messages of {received} octets, more than are read");
            if (table.Take(dumpBuffer.AsSpan(0, (int)received))) return;
        }
    }
}
