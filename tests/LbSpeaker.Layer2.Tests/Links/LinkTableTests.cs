using System.Text;
using LbSpeaker.Core.Net;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Tests.Links;

/// <summary>The kernel's messages about links and addresses, written here as rtnetlink(7) has them.</summary>
public sealed class LinkTableTests
{
    private const uint Up = 1, Broadcast = 2, Loopback = 8, NoArp = 0x80, LowerUp = 0x10000;
    private const ushort NewLink = 16, DelLink = 17, NewAddr = 20, Error = 2, Done = 3, DumpInterrupted = 0x10;
    private const ushort Ethernet = 1, Tunnel = 768;
    private const byte Tentative = 0x40, DadFailed = 0x08;

    [Fact]
    public void A_link_is_read_with_all_that_matters()
    {
        LinkState link = Assert.Single(Read(Link(2, Up | Broadcast | LowerUp, Name("eth0"), Mac(), Attribute(48, BitConverter.GetBytes(3)))));
        Assert.Equal(new LinkState(2, "eth0", Segment.Own) { IsUp = true, HasCarrier = true, IsBroadcast = true, Interruptions = 3 }, link);
    }

    [Theory]
    [InlineData(Up, true, false, false, false, false)]
    [InlineData(LowerUp, false, true, false, false, false)]
    [InlineData(NoArp, false, false, true, false, false)]
    [InlineData(Broadcast, false, false, false, true, false)]
    [InlineData(Loopback, false, false, false, false, true)]
    public void Each_flag_is_its_own(uint flags, bool up, bool carrier, bool noArp, bool broadcast, bool loopback)
    {
        LinkState link = Assert.Single(Read(Link(2, flags, Name("eth0"))));
        Assert.Equal((up, carrier, noArp, broadcast, loopback), (link.IsUp, link.HasCarrier, link.NoArp, link.IsBroadcast, link.IsLoopback));
    }

    [Fact]
    public void A_link_with_a_master_says_so() => Assert.True(Assert.Single(Read(Link(2, Up, Name("eth0"), Attribute(10, BitConverter.GetBytes(7))))).HasMaster);

    [Fact]
    public void Hardware_that_is_no_Ethernet_has_no_address_for_us()
    {
        Assert.Null(Assert.Single(Read(Link(2, Up, Name("ib0"), Attribute(1, new byte[20])))).Mac);
        Assert.Null(Assert.Single(Read(Message(NewLink, 0, LinkHeader(Tunnel, 2, Up), Name("tun0"), Mac()))).Mac);
    }

    [Theory]
    [InlineData("fe80::1", (byte)0, true)]
    [InlineData("febf::1", (byte)0, true)]
    [InlineData("fec0::1", (byte)0, false)]
    [InlineData("2001:db8::1", (byte)0, false)]
    [InlineData("fe80::1", Tentative, false)]
    [InlineData("fe80::1", DadFailed, false)]
    public void A_link_local_address_counts_once_it_is_past_duplicate_detection(string address, byte flags, bool counts)
    {
        LinkState link = Assert.Single(Read(Link(2, Up, Name("eth0")), Address(2, flags, address)));
        Assert.Equal(counts ? IpAddress.Parse(address) : null, link.LinkLocal);
    }

    [Fact]
    public void The_long_flags_of_an_address_win_over_the_short_ones() =>
        Assert.Null(Assert.Single(Read(Link(2, Up, Name("eth0")), Address(2, 0, "fe80::1", Attribute(8, BitConverter.GetBytes(0x400u | Tentative))))).LinkLocal);

    [Fact]
    public void Addresses_of_other_links_do_not_count() =>
        Assert.Equal([null, IpAddress.Parse("fe80::3")], Read(Link(3, Up, Name("eth1")), Link(2, Up, Name("eth0")), Address(3, 0, "fe80::3")).Select(l => l.LinkLocal));

    /// <summary>An empty table would close every interface.</summary>
    [Fact]
    public void A_refused_dump_is_no_empty_table()
    {
        byte[] refusal = Message(Error, 0, [.. BitConverter.GetBytes(-1), .. new byte[16]]);
        Assert.Contains("not permitted", Assert.Throws<IOException>(() => new LinkTable().Take(refusal)).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_dump_goes_on_until_it_is_said_to_be_done()
    {
        LinkTable table = new();
        Assert.False(table.Take(Link(2, Up, Name("eth0"))));
        Assert.False(table.Take(Link(3, Up, Name("eth1"))));
        Assert.True(table.Take(Message(Done, 0, new byte[4])));
        Assert.Equal(["eth0", "eth1"], table.ToList(_ => 0).Select(l => l.Name));
    }

    [Fact]
    public void A_dump_that_was_interrupted_is_known_to_be_inconsistent()
    {
        LinkTable table = new();
        table.Take(Link(2, Up, Name("eth0")));
        Assert.False(table.IsInconsistent);
        table.Take(Message(NewLink, DumpInterrupted, LinkHeader(Ethernet, 3, Up), Name("eth1")));
        Assert.True(table.IsInconsistent);
    }

    [Fact]
    public void Reported_downs_add_to_those_that_the_kernel_counts()
    {
        LinkTable table = new();
        table.Take(Link(2, Up, Name("eth0"), Attribute(48, BitConverter.GetBytes(3))));
        Assert.Equal(7, table.ToList(index => index == 2 ? 4 : 100).Single().Interruptions);
    }

    [Fact]
    public void Events_tell_which_links_were_down()
    {
        byte[] events =
        [
            .. Link(2, Up | LowerUp, Name("eth0")), .. Link(3, LowerUp, Name("eth1")), .. Link(4, Up, Name("eth2")),
            .. Message(DelLink, 0, LinkHeader(Ethernet, 5, Up | LowerUp)), .. Address(6, 0, "fe80::1"),
        ];
        Assert.Equal([3, 4, 5], LinkTable.Downs(events));
    }

    private static List<LinkState> Read(params byte[][] messages)
    {
        LinkTable table = new();
        table.Take([.. messages.SelectMany(m => m)]);
        return table.ToList(_ => 0);
    }

    private static byte[] Link(int index, uint flags, params byte[][] attributes) => Message(NewLink, 0, LinkHeader(Ethernet, index, flags), attributes);

    private static byte[] LinkHeader(ushort hardware, int index, uint flags) =>
        [0, 0, .. BitConverter.GetBytes(hardware), .. BitConverter.GetBytes(index), .. BitConverter.GetBytes(flags), 0, 0, 0, 0];

    private static byte[] Address(int index, byte flags, string address, params byte[][] attributes)
    {
        byte[] octets = new byte[16];
        IpAddress.Parse(address).WriteBytes(octets);
        return Message(NewAddr, 0, [10, 64, flags, 0, .. BitConverter.GetBytes(index)], [Attribute(1, octets), .. attributes]);
    }

    private static byte[] Name(string name) => Attribute(3, [.. Encoding.UTF8.GetBytes(name), 0]);

    private static byte[] Mac()
    {
        byte[] octets = new byte[6];
        Segment.Own.WriteBytes(octets);
        return Attribute(1, octets);
    }

    private static byte[] Attribute(ushort type, byte[] value) =>
        Padded([.. BitConverter.GetBytes((ushort)(4 + value.Length)), .. BitConverter.GetBytes(type), .. value]);

    private static byte[] Message(ushort type, ushort flags, byte[] header, params byte[][] attributes)
    {
        byte[] body = [.. header, .. attributes.SelectMany(a => a)];
        return Padded([.. BitConverter.GetBytes(16 + body.Length), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(flags), .. new byte[8], .. body]);
    }

    private static byte[] Padded(byte[] octets) => [.. octets, .. new byte[-octets.Length & 3]];
}
