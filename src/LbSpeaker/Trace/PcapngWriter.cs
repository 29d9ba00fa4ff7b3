using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Trace;

/// <summary>
/// Writes packets as Wireshark reads them: pcapng (draft-ietf-opsawg-pcapng), one section, little-endian. Each packet is a whole block in one write, so that whoever reads along
/// never waits for the rest of one that was shown.
/// </summary>
/// <param name="file">Written from where it stands; not disposed of.</param>
/// <exception cref="IOException">From each member: the file takes no more.</exception>
internal sealed class PcapngWriter(Stream file)
{
    /// <summary>Types of blocks (sections 4.1 to 4.3 of the draft).</summary>
    private const uint Section = 0x0A0D0D0A, Interface = 1, Packet = 6;

    /// <summary>Codes of options, of which 1 is a comment in each block and 2 depends on the block (sections 3.5 and 4.2 to 4.3).</summary>
    private const ushort End = 0, Comment = 1, InterfaceName = 2, TimeResolution = 9, PacketFlags = 2, Application = 4;

    /// <summary>Where times are counted in nanoseconds: a power of ten.</summary>
    private const byte Nanoseconds = 9;

    /// <summary>What a packet begins with: LINKTYPE_ETHERNET, or the head of IP (LINKTYPE_RAW).</summary>
    private const uint Ethernet = 1, Raw = 101;

    private readonly Dictionary<(string Name, uint LinkType), uint> interfaces = [];

    /// <summary>The head of the file, to be written before all else.</summary>
    public void Start()
    {
        Block block = new(Section);
        block.Number(0x1A2B3C4D);
        block.Number(1); // Version 1.0: two halves.
        // The length of the section is not known: it ends with the file.
        block.Number(uint.MaxValue);
        block.Number(uint.MaxValue);
        block.Option(Application, "lbspeaker"u8);
        Write(block);
    }

    /// <summary>One packet, behind the description of its interface where that is new.</summary>
    public void Add(TracedPacket packet)
    {
        Block block = new(Packet);
        block.Number(InterfaceOf(packet));
        ulong time = (ulong)(packet.At - DateTimeOffset.UnixEpoch).Ticks * 100;
        block.Number((uint)(time >> 32));
        block.Number((uint)time);
        block.Number((uint)packet.Octets.Length);
        block.Number((uint)packet.Length);
        block.Octets(packet.Octets);
        block.Option(Comment, Encoding.UTF8.GetBytes(packet.Verdict));
        block.Option(PacketFlags, [packet.Direction == TraceDirection.In ? (byte)1 : (byte)2, 0, 0, 0]);
        Write(block);
    }

    private uint InterfaceOf(TracedPacket packet)
    {
        (string name, uint linkType) = ($"{packet.Node}/{packet.Interface}", packet.Kind is TraceKind.Bfd or TraceKind.Bgp ? Raw : Ethernet);
        if (interfaces.TryGetValue((name, linkType), out uint known)) return known;
        Block block = new(Interface);
        block.Number(linkType); // And two reserved octets.
        block.Number(0); // As much of a packet as there is.
        block.Option(InterfaceName, Encoding.UTF8.GetBytes(name));
        block.Option(TimeResolution, [Nanoseconds]);
        Write(block);
        uint number = (uint)interfaces.Count;
        interfaces.Add((name, linkType), number);
        return number;
    }

    private void Write(Block block)
    {
        file.Write(block.Whole());
        file.Flush();
    }

    /// <summary>Type, length, what is in it, options, and the length again; everything in steps of four octets.</summary>
    private sealed class Block
    {
        private readonly List<byte> octets = [];
        private bool hasOptions;

        public Block(uint type)
        {
            Number(type);
            Number(0); // The length, once it is known.
        }

        public void Number(uint value)
        {
            Span<byte> four = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(four, value);
            octets.AddRange(four);
        }

        public void Octets(ReadOnlySpan<byte> value)
        {
            octets.AddRange(value);
            while (octets.Count % 4 != 0) octets.Add(0);
        }

        /// <param name="value">What is beyond 65535 octets is cut off: whoever answers in a speaker's place may say anything.</param>
        public void Option(ushort code, ReadOnlySpan<byte> value)
        {
            hasOptions = true;
            value = value[..Math.Min(value.Length, ushort.MaxValue)];
            Number(code | (uint)value.Length << 16);
            Octets(value);
        }

        public ReadOnlySpan<byte> Whole()
        {
            if (hasOptions) Number(End);
            uint length = (uint)octets.Count + 4;
            Number(length);
            Span<byte> all = CollectionsMarshal.AsSpan(octets);
            BinaryPrimitives.WriteUInt32LittleEndian(all[4..], length);
            return all;
        }
    }
}
