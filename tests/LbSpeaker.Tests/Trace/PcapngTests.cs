using LbSpeaker.Bfd;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Http;
using LbSpeaker.Testing.Network;
using LbSpeaker.Tests.Http;
using LbSpeaker.Tests.Preview;
using LbSpeaker.Trace;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Tests.Trace;

/// <summary>The file for Wireshark: octet for octet, as Wireshark reads it, and what happens where it cannot be written.</summary>
public sealed class PcapngTests : IDisposable
{
    private const string
        Request = "ffffffffffff0200000000aa080600010800060400010200000000aac0000201000000000000c000020a",
        Reply = "0200000000aa0200000000bb080600010800060400020200000000bbc000020a0200000000aac0000201",
        // 2001:db8::1 solicits 2001:db8::10.
        Solicitation = "3333ff0000100200000000aa86dd6000000000203aff20010db8000000000000000000000001ff0200000000000000000001ff000010"
            + "87001b620000000020010db800000000000000000000001001010200000000aa";

    private readonly string folder = Directory.CreateTempSubdirectory("lbspeaker-pcapng-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_capture_is_its_golden_file()
    {
        string golden = Repository.PathOf("tests", "LbSpeaker.Tests", "Trace", "Captures", "frames.pcapng"), beside = Path.Combine(AppContext.BaseDirectory, "frames.pcapng");
        using MemoryStream file = new();
        PcapngWriter writer = new(file);
        writer.Start();
        foreach (TracedPacket packet in Packets("node-a")) writer.Add(packet);
        File.WriteAllBytes(beside, file.ToArray());
        Assert.True(File.Exists(golden) && File.ReadAllBytes(golden).AsSpan().SequenceEqual(file.ToArray()), $"{golden} is another file than {beside}");
    }

    [TsharkFact]
    public async Task Wireshark_sees_each_packet_with_its_verdict()
    {
        string file = Path.Combine(folder, "t.pcapng");
        CommandLine run = await TraceAsync("-w", file);
        Assert.Equal(new CommandLine(0, "", ""), run);
        Assert.Equal("""
            1893499384.123000000|node-a/eth0|0x00000001|answered|ARP|Who has 192.0.2.10? Tell 192.0.2.1|42|42
            1893499384.123456700|node-a/eth0|0x00000002|sent|ARP|192.0.2.10 is at 02:00:00:00:00:bb|42|42
            1893499385.000000000|node-a/eth1|0x00000001|not answered: NotOnThisInterface|ARP|Who has 192.0.2.10? Tell 192.0.2.1|42|42
            1893499386.123000000|node-a/eth0|0x00000001|taken: Up|BFD Control|Diag: No Diagnostic, State: Init, Flags: 0x00|52|52
            1893499387.123000000|node-a/bgp|0x00000002|sent|BGP|OPEN Message|83|83
            1893499387.123000000|node-a/bgp|0x00000002|sent|BGP|KEEPALIVE Message|59|59
            1893499387.123000000|node-a/bgp|0x00000002|sent|BGP|UPDATE Message|87|87

            """, Dissected(file));
    }

    /// <summary>A speaker's certificate proves nothing, so it may be anybody's words.</summary>
    [TsharkFact]
    public void Whatever_a_speaker_says_the_file_is_one()
    {
        string file = Path.Combine(folder, "hostile.pcapng"), endless = new('x', 200_000);
        using (FileStream stream = File.Create(file))
        {
            PcapngWriter writer = new(stream);
            writer.Start();
            TracedPacket packet = Packets("n").First();
            writer.Add(packet with { Outcome = TraceOutcome.NotSent, Reason = endless, At = DateTimeOffset.MinValue, Length = -1, Octets = [] });
            writer.Add(packet with { Node = endless });
            writer.Add(packet);
        }
        Assert.EndsWith("|n/eth0|0x00000001|answered|ARP|Who has 192.0.2.10? Tell 192.0.2.1|42|42\n", Dissected(file), StringComparison.Ordinal);
    }

    /// <summary>Through a pipe, as <c>lbspeaker trace … -w - | wireshark -k -i -</c> has it.</summary>
    [TsharkFact]
    public async Task Standard_output_is_a_file_too()
    {
        string file = Path.Combine(folder, "piped.pcapng"), own = Path.Combine(AppContext.BaseDirectory, "lbspeaker.dll");
        await using RunningEndpoint speaker = Serve();
        (int code, string output) = Command.Try("sh", "-c", $"dotnet {own} trace 192.0.2.10 --speaker 127.0.0.1:{speaker.Port} --token-file {await TokenAsync()} -w - | cat > {file}");
        Assert.Equal((0, ""), (code, output));
        Assert.Contains("|answered|ARP|", Dissected(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/full", "lbspeaker: /dev/full cannot be written: No space left on device")]
    [InlineData("/nonexistent/t.pcapng", "lbspeaker: /nonexistent/t.pcapng cannot be written: Could not find a part of the path")]
    [InlineData("/", "lbspeaker: / cannot be written: ")]
    public async Task What_cannot_be_written_is_said_in_a_line(string file, string start)
    {
        CommandLine run = await TraceAsync("-w", file);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(start, run.Error, StringComparison.Ordinal);
        Assert.Equal(run.Error.Length - 1, run.Error.IndexOf('\n', StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_takes_the_place_of_lines()
    {
        CommandLine run = await TraceAsync("-w", Path.Combine(folder, "t.pcapng"), "-o", "json");
        Assert.Equal(new CommandLine(2, "", "lbspeaker: -w writes packets as they are: -o has nothing to say of them\n"), run);
    }

    /// <summary>Against a speaker's page on a port of this machine.</summary>
    private async Task<CommandLine> TraceAsync(params string[] flags)
    {
        await using RunningEndpoint speaker = Serve();
        return await CommandLine.RunAsync(["trace", "192.0.2.10", "--speaker", $"127.0.0.1:{speaker.Port}", "--token-file", await TokenAsync(), .. flags]);
    }

    private static RunningEndpoint Serve()
    {
        TraceBuffer buffer = new();
        Fill(buffer);
        TracePage page = new(buffer, "node-a");
        return RunningEndpoint.Start(clock => new ServerCertificate(null, allowsTls12: false, clock, NullLogger.Instance), (request, _) => new(page.Answer(request)), TracePage.Path);
    }

    private async Task<string> TokenAsync()
    {
        string token = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(token, "t");
        return token;
    }

    private static IEnumerable<TracedPacket> Packets(string node)
    {
        TraceBuffer buffer = new();
        Fill(buffer);
        TracePage page = new(buffer, node);
        return ((string[])["192.0.2.10", "2001:db8::10"]).SelectMany(a => TracedPacket.Read(page.Answer(new("GET", TracePage.Path, null) { Query = $"address={Uri.EscapeDataString(a)}" }).Body)!.Value.Packets);
    }

    private static void Fill(TraceBuffer buffer)
    {
        DateTimeOffset start = new(2030, 1, 1, 12, 3, 4, 123, TimeSpan.Zero);
        buffer.Add(TraceKind.Arp, TraceDirection.In, start, "eth0", TraceOutcome.Answered, "", Convert.FromHexString(Request));
        buffer.Add(TraceKind.Arp, TraceDirection.Out, start.AddTicks(4567), "eth0", TraceOutcome.Sent, "", Convert.FromHexString(Reply));
        buffer.Add(TraceKind.Arp, TraceDirection.In, start.AddMilliseconds(877), "eth1", TraceOutcome.NotAnswered, "NotOnThisInterface", Convert.FromHexString(Request));
        // Longer than what is kept of one: a padded frame.
        buffer.Add(TraceKind.Ndp, TraceDirection.In, start.AddSeconds(1), "eth0", TraceOutcome.Answered, "", [.. Convert.FromHexString(Solicitation), .. new byte[TraceBuffer.MostOctetsOf(TraceKind.Ndp)]]);
        Control(BfdHops.Single, "192.0.2.10", "192.0.2.1", TraceDirection.In, TraceOutcome.Taken, "Up");
        Control(BfdHops.Multi, "2001:db8::1", "2001:db8::10", TraceDirection.Out, TraceOutcome.NotSent, "Unreachable");

        uint said = 0;
        Message(new OpenMessage(65000, 90, IpAddress.Parse("192.0.2.1"), new MultiprotocolCapability(AddressFamily.IPv4Unicast)));
        Message(KeepaliveMessage.Instance);
        Message(new UpdateMessage([], [new OriginAttribute(Origin.Igp), new AsPathAttribute(AsPath.Sequence(65000)), new NextHopAttribute(IpAddress.Parse("192.0.2.1"))], [IpPrefix.Parse("198.51.100.0/24")]));

        void Message(BgpMessage message)
        {
            byte[] wire = new byte[BgpMessage.MaxLength], octets = new byte[PacketEnvelope.MostHead + BgpMessage.MaxLength];
            CodecOptions codec = new() { FourOctetAs = true, External = true };
            int length = message.Encode(wire, codec);
            int whole = new PacketEnvelope(IpAddress.Parse("192.0.2.1"), 49999, IpAddress.Parse("192.0.2.10"), 179, 255, wire.AsSpan(0, length), (said, 0)).Write(octets);
            said += (uint)length;
            buffer.Add(TraceKind.Bgp, TraceDirection.Out, start.AddSeconds(3), "bgp", TraceOutcome.Sent, "", octets.AsSpan(0, whole), codec);
        }

        void Control(BfdHops hops, string from, string to, TraceDirection direction, TraceOutcome outcome, string reason)
        {
            byte[] octets = new byte[PacketEnvelope.MostHead + ControlPacket.HeaderLength], control = new byte[ControlPacket.HeaderLength];
            new ControlPacket { State = BfdState.Init, DetectMultiplier = 3, MyDiscriminator = 7, YourDiscriminator = 9, DesiredMinTx = BfdInterval.OneSecond, RequiredMinRx = new(300_000) }.Encode(control);
            int length = new PacketEnvelope(IpAddress.Parse(from), BfdPorts.FirstSource, IpAddress.Parse(to), hops == BfdHops.Multi ? (ushort)BfdPorts.Multihop : (ushort)BfdPorts.SingleHop, 255, control).Write(octets);
            buffer.Add(TraceKind.Bfd, direction, start.AddSeconds(2), "eth0", outcome, reason, octets.AsSpan(0, length));
        }
    }

    /// <summary>A packet a line, as tshark reads the file.</summary>
    private static string Dissected(string file)
    {
        string[] fields = ["frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction", "frame.comment", "_ws.col.Protocol", "_ws.col.Info", "frame.len", "frame.cap_len"];
        (int code, string output) = Command.Try("tshark", ["-r", file, "-T", "fields", "-E", "separator=|", .. fields.SelectMany(f => (string[])["-e", f])]);
        Assert.True(code == 0, output);
        // Beside what it reads it says as whom it runs.
        return string.Concat(output.Split('\n').Where(l => l.Contains('|', StringComparison.Ordinal)).Select(l => l + "\n"));
    }
}
