using LbSpeaker.Bgp.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Http;
using LbSpeaker.Observability;
using LbSpeaker.Trace;

namespace LbSpeaker.Tests.Trace;

public sealed class TracePageTests
{
    /// <summary>192.0.2.1 at 02:00:00:00:00:aa asks for 192.0.2.10.</summary>
    private const string Request = "ffffffffffff0200000000aa080600010800060400010200000000aac0000201000000000000c000020a";

    private readonly TraceBuffer buffer = new();
    private readonly TracePage page;

    public TracePageTests() => page = new(buffer, "node-a");

    [Theory]
    [InlineData("")]
    [InlineData("address=web")]
    [InlineData("after=1")]
    [InlineData("address=192.0.2.10&after=-1")]
    [InlineData("address=192.0.2.10&after=99999999999999999999")]
    [InlineData("address=%ff%")]
    public void A_question_without_sense_is_refused(string query) => Assert.Equal(400, Ask(query).Status);

    [Theory]
    [InlineData(TraceOutcome.Answered, "", "answered")]
    [InlineData(TraceOutcome.NotAnswered, "NotOnThisInterface", "not answered: NotOnThisInterface")]
    [InlineData(TraceOutcome.Heard, "ArpRequest", "heard: ArpRequest")]
    [InlineData(TraceOutcome.Sent, "", "sent")]
    [InlineData(TraceOutcome.NotSent, "LinkDown", "not sent: LinkDown")]
    [InlineData(TraceOutcome.Taken, "", "taken")]
    [InlineData(TraceOutcome.Taken, "Up", "taken: Up")]
    [InlineData(TraceOutcome.Discarded, "NoSession", "discarded: NoSession")]
    public void What_a_speaker_tells_is_read_as_it_was(TraceOutcome outcome, string reason, string verdict)
    {
        Add(outcome, reason);
        (long last, IReadOnlyList<TracedPacket> packets) = TracedPacket.Read(Ask("address=192.0.2.10").Body)!.Value;
        Assert.Equal(1, last);
        Assert.Equal($"12:03:04.123 node-a eth0 < ARP who-has 192.0.2.10 from 192.0.2.1 (02:00:00:00:00:aa)  {verdict}", Assert.Single(packets).ToString());
        Assert.Equal(Request, Convert.ToHexStringLower(packets[0].Octets));
    }

    [Theory]
    [InlineData("address=192.0.2.10", 2)]
    [InlineData("address=192.0.2.1", 2)]
    [InlineData("address=192.0.2.11", 0)]
    [InlineData("address=2001%3Adb8%3A%3A10", 0)]
    [InlineData("address=192.0.2.10&after=1", 1)]
    [InlineData("address=192.0.2.10&after=2", 0)]
    // A number of a speaker that ended meanwhile: its successor has begun anew.
    [InlineData("address=192.0.2.10&after=3", 2)]
    public void Packets_about_the_address_are_told_and_no_others(string query, int count)
    {
        for (int i = 0; i < 2; i++) Add(TraceOutcome.Answered, "");
        Assert.Equal(count, TracedPacket.Read(Ask(query).Body)!.Value.Packets.Count);
    }

    [Theory]
    [InlineData("198.51.100.7", true)]
    [InlineData("192.0.2.2", true)]
    [InlineData("198.51.101.7", false)]
    public void A_message_of_BGP_is_about_its_router_and_its_routes(string address, bool isTold)
    {
        byte[] message = new byte[BgpMessage.MaxLength], octets = new byte[PacketEnvelope.MostHead + BgpMessage.MaxLength];
        int length = new UpdateMessage([IpPrefix.Parse("198.51.100.0/24")], [], []).Encode(message, CodecOptions.Default);
        int whole = new PacketEnvelope(IpAddress.Parse("192.0.2.1"), 40000, IpAddress.Parse("192.0.2.2"), 179, 255, message.AsSpan(0, length), (0, 0)).Write(octets);
        buffer.Add(TraceKind.Bgp, TraceDirection.Out, new(2030, 1, 1, 12, 3, 4, 123, TimeSpan.Zero), "bgp", TraceOutcome.Sent, "", octets.AsSpan(0, whole), CodecOptions.Default);
        Assert.Equal(
            isTold ? ["12:03:04.123 node-a bgp > BGP from 192.0.2.1 to 192.0.2.2: UPDATE withdrawn [198.51.100.0/24]  sent"] : [],
            TracedPacket.Read(Ask($"address={address}").Body)!.Value.Packets.Select(p => p.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{\"last\":\"x\"}")]
    [InlineData("{\"last\":1}\n{}")]
    [InlineData("{\"last\":1}\n{\"at\":\"2030-01-01T12:03:04.123Z\",\"node\":\"\\u001b[2J\",\"kind\":\"Arp\",\"interface\":\"e\",\"direction\":\"In\",\"outcome\":\"Sent\",\"reason\":\"\",\"text\":\"t\",\"length\":0,\"octets\":\"\"}")]
    [InlineData("{\"last\":1}\n{\"at\":\"2030-01-01T12:03:04.123Z\",\"node\":\"n\",\"kind\":\"Arp\",\"interface\":\"e\",\"direction\":\"Up\",\"outcome\":\"Sent\",\"reason\":\"\",\"text\":\"t\",\"length\":0,\"octets\":\"\"}")]
    public void What_no_speaker_says_is_not_read(string answer) => Assert.Null(TracedPacket.Read(answer));

    private HttpAnswer Ask(string query) => page.Answer(new("GET", TracePage.Path, null) { Query = query });

    private void Add(TraceOutcome outcome, string reason) =>
        buffer.Add(TraceKind.Arp, TraceDirection.In, new(2030, 1, 1, 12, 3, 4, 123, TimeSpan.Zero), "eth0", outcome, reason, Convert.FromHexString(Request));
}
