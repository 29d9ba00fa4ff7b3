using System.Buffers.Binary;
using System.Text;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Links;

/// <summary>Reads what rtnetlink dumps: RTM_NEWLINK and RTM_NEWADDR messages into <see cref="LinkState"/>. All lengths are checked; netlink is in host byte order.</summary>
internal sealed class LinkTable
{
    private const int NewLink = 16, NewAddr = 20, Error = 2, Done = 3;
    private const int Header = 16, LinkHeader = 16, AddressHeader = 8;
    private const uint Up = 1, Broadcast = 2, Loopback = 8, NoArp = 0x80;
    private const uint Tentative = 0x40, DadFailed = 0x08;

    private readonly Dictionary<int, LinkState> links = [];
    private readonly Dictionary<int, IpAddress> linkLocals = [];

    public IReadOnlyList<LinkState> ToList() =>
        [.. links.Values.OrderBy(l => l.Index).Select(l => linkLocals.TryGetValue(l.Index, out IpAddress address) ? l with { LinkLocal = address } : l)];

    /// <summary>Takes one datagram; true when it ends the dump.</summary>
    public bool Take(ReadOnlySpan<byte> datagram)
    {
        while (datagram.Length >= Header)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(datagram);
            if (length < Header || length > datagram.Length) return true;
            ReadOnlySpan<byte> body = datagram[Header..length];
            switch (BinaryPrimitives.ReadUInt16LittleEndian(datagram[4..]))
            {
                case Done or Error: return true;
                case NewLink when body.Length >= LinkHeader: TakeLink(body); break;
                case NewAddr when body.Length >= AddressHeader: TakeAddress(body); break;
            }
            datagram = datagram[Math.Min(datagram.Length, Align(length))..];
        }
        return false;
    }

    private void TakeLink(ReadOnlySpan<byte> body)
    {
        int index = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(body[8..]);
        string name = "";
        MacAddress? mac = null;
        bool master = false;
        for (Attributes attributes = new(body[LinkHeader..]); attributes.MoveNext();)
            switch (attributes.Type)
            {
                case 1 when attributes.Value.Length == 6: mac = MacAddress.FromBytes(attributes.Value); break;
                case 3: name = Encoding.UTF8.GetString(attributes.Value.TrimEnd((byte)0)); break;
                case 10: master = true; break;
            }
        links[index] = new(index, name, mac, (flags & Up) != 0, master, (flags & NoArp) != 0, (flags & Broadcast) != 0, (flags & Loopback) != 0, null);
    }

    private void TakeAddress(ReadOnlySpan<byte> body)
    {
        if (body[0] != 10) return;
        int index = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        uint flags = body[2];
        IpAddress? address = null;
        for (Attributes attributes = new(body[AddressHeader..]); attributes.MoveNext();)
            switch (attributes.Type)
            {
                case 1 when attributes.Value.Length == 16: address = IpAddress.FromBytes(attributes.Value); break;
                case 8 when attributes.Value.Length == 4: flags = BinaryPrimitives.ReadUInt32LittleEndian(attributes.Value); break;
            }
        if (address is { } found && found.Value >> 118 == 0xFE80 >> 6 && (flags & (Tentative | DadFailed)) == 0) linkLocals.TryAdd(index, found);
    }

    private static int Align(int length) => (length + 3) & ~3;

    private ref struct Attributes(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> rest = rest;

        public int Type { get; private set; }

        public ReadOnlySpan<byte> Value { get; private set; }

        public bool MoveNext()
        {
            if (rest.Length < 4) return false;
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (length < 4 || length > rest.Length) return false;
            Type = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]) & 0x3FFF;
            Value = rest[4..length];
            rest = rest[Math.Min(rest.Length, Align(length))..];
            return true;
        }
    }
}
