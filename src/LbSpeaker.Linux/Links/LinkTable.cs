using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Links;

/// <summary>Reads what rtnetlink dumps: RTM_NEWLINK and RTM_NEWADDR messages into <see cref="LinkState"/>. Netlink is in the byte order of the host.</summary>
internal sealed class LinkTable
{
    private const ushort NewLink = 16, DelLink = 17, NewAddr = 20, Error = 2, Done = 3, DumpInterrupted = 0x10;
    private const ushort EthernetHardware = 1;
    private const byte IPv6Family = 10;
    private const int LinkHeader = 16, AddressHeader = 8;

    // IFF_… of netdevice(7), IFLA_… and IFA_… of rtnetlink(7).
    private const uint Up = 1, Broadcast = 2, Loopback = 8, NoArp = 0x80, LowerUp = 0x10000, Tentative = 0x40, DadFailed = 0x08;
    private const int HardwareAddress = 1, Name = 3, Master = 10, CarrierDowns = 48, Address = 1, Flags = 8;

    private readonly Dictionary<int, LinkState> links = [];
    private readonly Dictionary<int, IpAddress> linkLocals = [];

    /// <summary>The kernel says that the table changed while it was dumped.</summary>
    public bool IsInconsistent { get; private set; }

    /// <param name="downs">How often a link, by index, was reported down beside the times that the kernel counts.</param>
    public List<LinkState> ToList(Func<int, long> downs) =>
    [
        .. links.Values.OrderBy(l => l.Index).Select(l => l with
        {
            Interruptions = l.Interruptions + downs(l.Index),
            LinkLocal = linkLocals.TryGetValue(l.Index, out IpAddress address) ? address : null,
        }),
    ];

    /// <summary>Takes one datagram of a dump; true when it ends the dump.</summary>
    /// <exception cref="IOException">The kernel refused the dump.</exception>
    public bool Take(ReadOnlySpan<byte> datagram)
    {
        foreach (Message message in new Messages(datagram))
        {
            IsInconsistent |= (message.Flags & DumpInterrupted) != 0;
            switch (message.Type)
            {
                case Done: return true;
                case Error:
                    int error = -MemoryMarshal.Read<int>(message.Body);
                    throw new IOException($"the kernel does not list the interfaces: {new Win32Exception(error).Message}", error);
                case NewLink: TakeLink(message.Body); break;
                case NewAddr: TakeAddress(message.Body); break;
            }
        }
        return false;
    }

    /// <summary>The links that a datagram of events reports as down, without carrier, or gone.</summary>
    public static List<int> Downs(ReadOnlySpan<byte> datagram)
    {
        List<int> down = [];
        foreach (Message message in new Messages(datagram))
            if (message.Type == DelLink || message.Type == NewLink && (MemoryMarshal.Read<uint>(message.Body[8..]) & (Up | LowerUp)) != (Up | LowerUp))
                down.Add(MemoryMarshal.Read<int>(message.Body[4..]));
        return down;
    }

    /// <summary>struct ifinfomsg: family(1) padding(1) hardware type(2) index(4) flags(4) change mask(4).</summary>
    private void TakeLink(ReadOnlySpan<byte> body)
    {
        bool isEthernet = MemoryMarshal.Read<ushort>(body[2..]) == EthernetHardware;
        int index = MemoryMarshal.Read<int>(body[4..]);
        uint flags = MemoryMarshal.Read<uint>(body[8..]);
        string name = "";
        MacAddress? mac = null;
        bool master = false;
        uint carrierDowns = 0;
        foreach (Attribute attribute in new Attributes(body[LinkHeader..]))
            switch (attribute.Type)
            {
                case HardwareAddress when isEthernet && attribute.Value.Length == 6: mac = MacAddress.FromBytes(attribute.Value); break;
                case Name: name = Encoding.UTF8.GetString(attribute.Value.TrimEnd((byte)0)); break;
                case Master: master = true; break;
                case CarrierDowns: carrierDowns = MemoryMarshal.Read<uint>(attribute.Value); break;
            }
        links[index] = new(index, name, mac)
        {
            IsUp = (flags & Up) != 0,
            HasCarrier = (flags & LowerUp) != 0,
            HasMaster = master,
            NoArp = (flags & NoArp) != 0,
            IsBroadcast = (flags & Broadcast) != 0,
            IsLoopback = (flags & Loopback) != 0,
            Interruptions = carrierDowns,
        };
    }

    /// <summary>struct ifaddrmsg: family(1) prefix length(1) flags(1) scope(1) index(4). The attribute IFA_FLAGS has more flags than fit the header.</summary>
    private void TakeAddress(ReadOnlySpan<byte> body)
    {
        if (body[0] != IPv6Family) return;
        uint flags = body[2];
        IpAddress? address = null;
        foreach (Attribute attribute in new Attributes(body[AddressHeader..]))
            switch (attribute.Type)
            {
                case Address when attribute.Value.Length == 16: address = IpAddress.FromBytes(attribute.Value); break;
                case Flags: flags = MemoryMarshal.Read<uint>(attribute.Value); break;
            }
        // fe80::/10
        if (address is { } found && found.Value >> 118 == 0xFE80 >> 6 && (flags & (Tentative | DadFailed)) == 0) linkLocals.TryAdd(MemoryMarshal.Read<int>(body[4..]), found);
    }

    private readonly ref struct Message(ushort type, ushort flags, ReadOnlySpan<byte> body)
    {
        public ushort Type { get; } = type;
        public ushort Flags { get; } = flags;
        public ReadOnlySpan<byte> Body { get; } = body;
    }

    /// <summary>struct nlmsghdr: length(4) type(2) flags(2) sequence(4) port(4), then the body; each message starts at a multiple of four.</summary>
    private ref struct Messages(ReadOnlySpan<byte> rest)
    {
        private const int Header = 16;
        private ReadOnlySpan<byte> rest = rest;

        public Message Current { get; private set; }

        public readonly Messages GetEnumerator() => this;

        public bool MoveNext()
        {
            if (rest.Length < Header) return false;
            int length = MemoryMarshal.Read<int>(rest);
            Current = new(MemoryMarshal.Read<ushort>(rest[4..]), MemoryMarshal.Read<ushort>(rest[6..]), rest[Header..length]);
            rest = rest[Math.Min(rest.Length, Align(length))..];
            return true;
        }
    }

    private readonly ref struct Attribute(int type, ReadOnlySpan<byte> value)
    {
        public int Type { get; } = type;
        public ReadOnlySpan<byte> Value { get; } = value;
    }

    /// <summary>struct rtattr: length(2) type(2, of which the two highest bits are flags), then the value; each starts at a multiple of four.</summary>
    private ref struct Attributes(ReadOnlySpan<byte> rest)
    {
        private const int Header = 4, TypeMask = 0x3FFF;
        private ReadOnlySpan<byte> rest = rest;

        public Attribute Current { get; private set; }

        public readonly Attributes GetEnumerator() => this;

        public bool MoveNext()
        {
            if (rest.Length < Header) return false;
            int length = MemoryMarshal.Read<ushort>(rest);
            Current = new(MemoryMarshal.Read<ushort>(rest[2..]) & TypeMask, rest[Header..length]);
            rest = rest[Math.Min(rest.Length, Align(length))..];
            return true;
        }
    }

    private static int Align(int length) => (length + 3) & ~3;
}
