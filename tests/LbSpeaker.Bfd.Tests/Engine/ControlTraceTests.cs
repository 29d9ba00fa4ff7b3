using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Bfd.Tests.Engine;

/// <summary>Which control packets are kept, in what words, and what it costs.</summary>
public sealed class ControlTraceTests
{
    private static readonly BfdSessionKey Peer = TableRig.Key("192.0.2.2");

    private readonly TraceBuffer buffer = new();
    private readonly TableRig rig;

    public ControlTraceTests() => rig = new(buffer);

    /// <summary>From the first packet to the loss of the path: what changes, each Poll and Final, and none of the steady packets between.</summary>
    [Fact]
    public void A_life_of_a_session_is_told_without_its_steady_packets()
    {
        rig.Want(Peer);
        rig.Advance(5000);
        rig.BringUp(Peer);
        for (int i = 0; i < 50; i++)
        {
            rig.Advance(200);
            rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Up, 100) with { Final = i == 2 });
        }
        rig.Advance(3000);
        Assert.Equal("""
            bfd > BFD from 0.0.0.0 to 192.0.2.2: Down, NoDiagnostic, discriminators 100 0, 3 times, tx 1000 ms, rx 300 ms  Sent
            bfd < BFD from 192.0.2.2 to 192.0.2.1: Down, NoDiagnostic, discriminators 7 0, 3 times, tx 300 ms, rx 300 ms  Taken Init
            bfd > BFD from 192.0.2.1 to 192.0.2.2: Init, NoDiagnostic, discriminators 100 7, 3 times, tx 1000 ms, rx 300 ms  Sent
            bfd < BFD from 192.0.2.2 to 192.0.2.1: Up, NoDiagnostic, discriminators 7 100, 3 times, tx 300 ms, rx 300 ms  Taken Up
            bfd > BFD from 192.0.2.1 to 192.0.2.2: Up, NoDiagnostic, discriminators 100 7, 3 times, tx 300 ms, rx 300 ms  Sent
            bfd > BFD from 192.0.2.1 to 192.0.2.2: Up, NoDiagnostic, Poll, discriminators 100 7, 3 times, tx 300 ms, rx 300 ms  Sent
            bfd < BFD from 192.0.2.2 to 192.0.2.1: Up, NoDiagnostic, Final, discriminators 7 100, 3 times, tx 300 ms, rx 300 ms  Taken
            bfd > BFD from 192.0.2.1 to 192.0.2.2: Down, ControlDetectionTimeExpired, discriminators 100 0, 3 times, tx 1000 ms, rx 300 ms  Sent
            """, string.Join('\n', Told()));
    }

    /// <summary>It may not wash out the rest.</summary>
    [Fact]
    public void A_peer_that_polls_without_end_is_told_of_once_and_so_is_its_answer()
    {
        rig.Want(Peer);
        rig.BringUp(Peer);
        int before = Told().Count();
        for (int i = 0; i < 20; i++)
        {
            rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Up, 100) with { Poll = i != 10 });
            rig.Advance(100);
        }
        Assert.Equal(
            ["bfd < Poll", "bfd > Final", "bfd > Poll", "bfd < Poll", "bfd > Final"],
            Told().Skip(before).Select(t => t[..6] + (t.Contains("Final", StringComparison.Ordinal) ? "Final" : t.Contains("Poll", StringComparison.Ordinal) ? "Poll" : "")));
    }

    private IEnumerable<string> Told() => buffer.Read(0).Records.Select(r =>
        $"{r.Place} {(r.Direction == TraceDirection.In ? '<' : '>')} {ControlText.Of(r.Octets.AsSpan()).Words}  {r.Outcome} {r.Reason}".TrimEnd());

    [Fact]
    public void Of_what_is_discarded_each_reason_is_kept_once_a_second()
    {
        rig.Want(Peer);
        for (int i = 0; i < 30; i++)
        {
            rig.Receive("203.0.113.7", TableRig.Packet(BfdState.Down), BfdHops.Multi, ttl: 64);
            rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down), ttl: 254);
            rig.Advance(100);
        }
        string[] discarded = [.. Told().Where(t => t.Contains("Discarded", StringComparison.Ordinal))];
        Assert.Equal(6, discarded.Length);
        Assert.Equal(
            [
                "bfd < BFD from 203.0.113.7 to 192.0.2.1 over several hops (TTL 64): Down, NoDiagnostic, discriminators 7 0, 3 times, tx 300 ms, rx 300 ms  Discarded NoSession",
                "bfd < BFD from 192.0.2.2 to 192.0.2.1: Down, NoDiagnostic, discriminators 7 0, 3 times, tx 300 ms, rx 300 ms  Discarded Ttl",
            ],
            discarded[..2]);
    }

    [Fact]
    public void What_cannot_be_sent_is_told_once_with_its_fault()
    {
        rig.Wire.SendFault = BfdFault.Unreachable;
        rig.Want(Peer);
        rig.Advance(5000);
        Assert.EndsWith("  NotSent Unreachable", Assert.Single(Told()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_not_kept()
    {
        BfdAuthentication password = new(BfdAuthenticationType.SimplePassword, [new(3, "sesame"u8.ToArray())]);
        rig.Want(new BfdSettings { Authentication = password }, Peer);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down), authentication: password);
        rig.Receive("192.0.2.2", TableRig.Packet(BfdState.Down), to: "192.0.2.9", authentication: new(BfdAuthenticationType.SimplePassword, [new(3, "open sesame"u8.ToArray())]));
        IReadOnlyList<TraceRecord> records = buffer.Read(0).Records;
        Assert.Equal([TraceOutcome.Sent, TraceOutcome.Taken, TraceOutcome.Sent, TraceOutcome.Discarded], records.Select(r => r.Outcome));
        Assert.All(records, r =>
        {
            Assert.Equal(-1, r.Octets.AsSpan().IndexOf("sesame"u8));
            Assert.EndsWith(", SimplePassword key 3", ControlText.Of(r.Octets.AsSpan()).Words, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_steady_session_allocates_nothing()
    {
        rig.Want(Peer);
        rig.BringUp(Peer);
        byte[] packet = new byte[ControlPacket.MaxLength];
        int length = TableRig.Packet(BfdState.Up, 100).Encode(packet);
        Receive();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++) Receive();
        }));
        int told = buffer.Read(0).Records.Count;
        Receive();
        Assert.Equal(told, buffer.Read(0).Records.Count);

        void Receive() => rig.Table.Receive(packet.AsSpan(0, length), new(BfdHops.Single, null, IpAddress.Parse("192.0.2.2"), IpAddress.Parse("192.0.2.1"), 2, 255), rig.Now);
    }

    [Theory]
    [InlineData("", "a packet cut short")]
    [InlineData("45", "a packet cut short")]
    [InlineData("4500001c0000000000110000c0000202c0000201c0000ec80008", "a packet cut short")]
    [InlineData("4500001c0000000000110000c0000202c0000201c0000ec800080000", "BFD from 192.0.2.2 to 192.0.2.1: malformed")]
    [InlineData("4500001c0000000000010000c0000202c0000201c0000ec800080000", "a packet cut short")]
    public void Any_octets_have_words(string octets, string words) => Assert.Equal(words, ControlText.Of(Convert.FromHexString(octets)).Words);
}
