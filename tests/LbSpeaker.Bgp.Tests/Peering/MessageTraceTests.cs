using System.Text;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Bgp.Tests.Peering;

/// <summary>Which messages are kept for <c>trace</c>, and in what words.</summary>
public sealed class MessageTraceTests
{
    /// <summary>From the OPENs to the last words; of KEEPALIVEs in a row the first.</summary>
    [Fact]
    public async Task A_life_of_a_session_is_told()
    {
        await using Bench bench = new Bench().Start(routes: Bench.Routes(1));
        ScriptedRouter router = await bench.Establish();
        await router.ReceiveRoutes(1);
        await router.Receive<EndOfRibMessage>();
        await router.Send(new UpdateMessage([], [new OriginAttribute(Origin.Igp), new AsPathAttribute(AsPath.Sequence(65001))], [IpPrefix.Parse("198.51.100.0/24")]));
        for (int i = 0; i < 5; i++) await router.Send(KeepaliveMessage.Instance);
        await router.Send(new RouteRefreshMessage(AddressFamily.IPv4Unicast));
        await router.Receive<UpdateMessage>();
        await router.SendOctets(new byte[] { 1, 2, 3 });
        await router.Receive<NotificationMessage>();
        Assert.Equal("""
            bgp > BGP from 192.0.2.1 to 192.0.2.2: OPEN as 65000 hold 90 id 192.0.2.1 [multiprotocol ipv4-unicast; route-refresh; enhanced-route-refresh; graceful-restart 0s []; fqdn "node1" ""; four-octet-as 65000]  Sent
            bgp < BGP from 192.0.2.2 to 192.0.2.1: OPEN as 65001 hold 90 id 192.0.2.2 [multiprotocol ipv4-unicast; route-refresh; four-octet-as 65001]  Taken
            bgp > BGP from 192.0.2.1 to 192.0.2.2: KEEPALIVE  Sent
            bgp < BGP from 192.0.2.2 to 192.0.2.1: KEEPALIVE  Taken
            bgp > BGP from 192.0.2.1 to 192.0.2.2: UPDATE attributes [ORIGIN Igp; AS_PATH 65000; NEXT_HOP 192.0.2.1] nlri [10.0.0.0/32]  Sent
            bgp > BGP from 192.0.2.1 to 192.0.2.2: UPDATE End-of-RIB ipv4-unicast  Sent
            bgp < BGP from 192.0.2.2 to 192.0.2.1: UPDATE withdrawn [198.51.100.0/24] (faults: NEXT_HOP Missing: TreatAsWithdraw)  Taken TreatAsWithdraw
            bgp < BGP from 192.0.2.2 to 192.0.2.1: KEEPALIVE  Taken
            bgp < BGP from 192.0.2.2 to 192.0.2.1: ROUTE-REFRESH ipv4-unicast request  Taken
            bgp > BGP from 192.0.2.1 to 192.0.2.2: UPDATE attributes [ORIGIN Igp; AS_PATH 65000; NEXT_HOP 192.0.2.1] nlri [10.0.0.0/32]  Sent
            bgp < BGP from 192.0.2.2 to 192.0.2.1: what is answered with NOTIFICATION 1/1 ConnectionNotSynchronized  Discarded ResetSession
            bgp > BGP from 192.0.2.1 to 192.0.2.2: NOTIFICATION 1/1 ConnectionNotSynchronized  Sent
            """, string.Join('\n', Told(bench)));
    }

    /// <summary>The octets that went, one message behind the other: what Wireshark puts together.</summary>
    [Fact]
    public async Task Each_direction_is_a_stream()
    {
        await using Bench bench = new Bench().Start(routes: Bench.Routes(1000));
        ScriptedRouter router = await bench.Establish();
        await router.ReceiveRoutes(1000);
        uint next = 0;
        foreach (TraceRecord record in bench.Trace.Read(0).Records.Where(r => r.Direction == TraceDirection.Out))
        {
            Assert.Equal(record.Length, record.Octets.Count);
            Assert.True(PacketEnvelope.TryRead(record.Octets.AsSpan(), out PacketEnvelope envelope));
            Assert.Equal((next, FakeWire.Node, (ushort)40000, FakeWire.Router, (ushort)179), (envelope.Stream!.Value.Sequence, envelope.Source, envelope.SourcePort, envelope.Destination, envelope.Port));
            next += (uint)envelope.Payload.Length;
        }
        Assert.True(next > 5000, $"{next} octets");
    }

    [Fact]
    public async Task A_route_is_found_by_an_address_in_it()
    {
        await using Bench bench = new Bench().Start(routes: Bench.Routes(300));
        ScriptedRouter router = await bench.Establish();
        await router.ReceiveRoutes(300);
        bench.Announcer.SetDesired(Bench.Plan(Bench.Routes(299), Bench.Peer));
        await router.ReceiveRoutes(299);
        MessageText[] about = [.. bench.Trace.Read(0).Records.Select(r => MessageText.Of(r.Octets.AsSpan(), r.Context)).Where(t => t.Routes.Any(p => p.Contains(IpAddress.Parse("10.0.1.43"))))];
        Assert.Equal(2, about.Length);
        Assert.True(about[0].Words is { Length: < 600 } words && words.EndsWith('…'), about[0].Words);
        Assert.Equal("BGP from 192.0.2.1 to 192.0.2.2: UPDATE withdrawn [10.0.1.43/32]", about[1].Words);
    }

    /// <summary>The page's JSON has no place for half of a character. Of two texts that are shifted by one the cut falls into a pair in one of them.</summary>
    [Fact]
    public void A_name_is_cut_between_characters()
    {
        string[] words = [.. ((ushort[])[90, 100]).Select(Words)];
        Assert.All(words, w => Assert.Equal(w, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(w))));
        Assert.All(words, w => Assert.EndsWith("\U0001f600…", w, StringComparison.Ordinal));
        Assert.Equal(1, Math.Abs(words[0].Length - words[1].Length));

        static string Words(ushort hold)
        {
            byte[] message = new byte[BgpMessage.MaxLength], octets = new byte[PacketEnvelope.MostHead + BgpMessage.MaxLength];
            FqdnCapability name = new(string.Concat(Enumerable.Repeat("\U0001f600", 16)), string.Concat(Enumerable.Repeat("\U0001f600", 16)));
            int length = ScriptedRouter.Open(hold: hold, identifier: "198.51.100.222", more: [.. Enumerable.Repeat(name, 12)]).Encode(message, CodecOptions.Default);
            int whole = new PacketEnvelope(FakeWire.Router, 179, FakeWire.Node, 40000, 255, message.AsSpan(0, length), (0, 0)).Write(octets);
            return MessageText.Of(octets.AsSpan(0, whole), null).Words;
        }
    }

    [Theory]
    [InlineData("", "a packet cut short")]
    [InlineData("4500001c0000000000110000c0000202c000020100b30ec80008000000", "BGP from 192.0.2.2 to 192.0.2.1: what is answered with NOTIFICATION 1/1 ConnectionNotSynchronized")]
    [InlineData("4500001c0000000000110000c0000202c000020100b30ec800080000ffff", "BGP from 192.0.2.2 to 192.0.2.1: a message cut short")]
    public void Any_octets_have_words(string octets, string words) => Assert.Equal(words, MessageText.Of(Convert.FromHexString(octets), null).Words);

    private static IEnumerable<string> Told(Bench bench) => bench.Trace.Read(0).Records.Select(r =>
        $"{r.Place} {(r.Direction == TraceDirection.In ? '<' : '>')} {MessageText.Of(r.Octets.AsSpan(), r.Context).Words}  {r.Outcome} {r.Reason}".TrimEnd());
}
