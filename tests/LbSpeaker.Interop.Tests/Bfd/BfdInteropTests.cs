using System.Text;
using LbSpeaker.Bfd;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using Xunit.Abstractions;

namespace LbSpeaker.Interop.Tests.Bfd;

/// <summary>Our engine against FRR's bfdd and BIRD, each in a namespace of its own.</summary>
[Collection("bfd")]
public sealed class BfdInteropTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50), Detection = 3 * Interval;

    [BfdTheory]
    [InlineData("frr", "192.0.2.1", "192.0.2.2")]
    [InlineData("frr", "2001:db8::1", "2001:db8::2")]
    [InlineData("bird", "192.0.2.1", "192.0.2.2")]
    [InlineData("bird", "2001:db8::1", "2001:db8::2")]
    public void A_session_comes_up_with_the_agreed_intervals_and_leaves_without_a_failure(string name, string own, string peer)
    {
        using BfdNetwork network = new();
        using Daemon daemon = Daemon.Start(name, network, own);
        using BfdNode node = new(network.Near, BfdNode.Wish(peer));
        node.Await(BfdState.Up);
        daemon.AwaitUp();
        node.Eventually(s => s.TransmitInterval == BfdNode.Calm.TransmitInterval && s.ReceiveInterval == BfdNode.Calm.ReceiveInterval && s.DetectionTime == TimeSpan.FromSeconds(1));
        node.Eventually(s => s.Counters is { ControlIn: > 15, ControlOut: > 15 });
        node.NothingHappened();

        node.Want();
        Shell.Eventually(daemon.Show, shown => !daemon.SaysUp(shown));
        // FRR tells why; for RFC 5882 this is no failure.
        if (name == "frr") Shell.Eventually(daemon.Show, shown => shown.Contains("Remote diagnostics: administratively down", StringComparison.Ordinal));
    }

    [BfdTheory]
    [InlineData("frr")]
    [InlineData("bird")]
    public void A_cut_is_noticed_in_the_detection_time(string name)
    {
        using BfdNetwork network = new();
        using Daemon daemon = Daemon.Start(name, network, "192.0.2.1", milliseconds: 50, multiplier: 3);
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2", BfdNode.Fast));
        List<double> seen = [];
        for (int cut = 0; cut < 5; cut++)
        {
            node.Await(BfdState.Up);
            node.Eventually(s => s.DetectionTime == Detection);
            TimeSpan before = BfdNode.Now;
            network.Cut();
            TimeSpan after = BfdNode.Now;
            (TimeSpan at, BfdSessionReport report) = node.Await(BfdState.Down);
            Assert.Equal((DownReason.DetectionTimeExpired, BfdDiagnostic.ControlDetectionTimeExpired), (report.Reason, report.Diagnostic));
            // Not before the peer can have missed three; how much later is the machine's affair, and printed.
            Assert.True(at >= before + Detection - Interval);
            seen.Add((at - after).TotalMilliseconds);
            network.Mend();
        }
        output.WriteLine($"{name}: down after {string.Join(", ", seen.Select(s => $"{s:0}"))} ms");
    }

    [BfdTheory]
    [InlineData("frr")]
    [InlineData("bird")]
    public void Intervals_change_on_either_side_without_a_flap(string name)
    {
        using BfdNetwork network = new();
        using Daemon daemon = Daemon.Start(name, network, "192.0.2.1");
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2"));
        node.Await(BfdState.Up);
        node.Eventually(s => s.DetectionTime == TimeSpan.FromSeconds(1));
        foreach (int milliseconds in new[] { 400, 150 })
        {
            BfdInterval interval = BfdInterval.FromMilliseconds(milliseconds);
            node.Want(BfdNode.Wish("192.0.2.2", BfdNode.Calm with { TransmitInterval = interval, ReceiveInterval = interval }));
            BfdInterval slower = BfdInterval.Max(interval, BfdNode.Calm.TransmitInterval);
            node.Eventually(s => s.TransmitInterval == slower && s.ReceiveInterval == slower);
        }
        foreach (int milliseconds in new[] { 300, 180 })
        {
            daemon.Change(milliseconds);
            BfdInterval slower = BfdInterval.FromMilliseconds(milliseconds);
            node.Eventually(s => s.TransmitInterval == slower && s.ReceiveInterval == slower);
        }
        node.NothingHappened();
        daemon.AwaitUp();
    }

    [BfdTheory]
    [InlineData("frr", true, false)]
    [InlineData("frr", false, true)]
    [InlineData("bird", true, false)]
    [InlineData("bird", false, true)]
    public void Either_side_may_be_passive(string name, bool ours, bool theirs)
    {
        for (int attempt = 1; ; attempt++)
        {
            using BfdNetwork network = new();
            using Daemon daemon = Daemon.Start(name, network, "192.0.2.1", passive: theirs);
            using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2", BfdNode.Calm with { Passive = ours }));
            try
            {
                node.Await(BfdState.Up);
            }
            // bfdd was seen once to say not a word from its start, whatever it was sent: then it is the daemon that is tried again.
            catch (InvalidOperationException) when (theirs && attempt < 3 && node.Session.Counters.ControlIn == 0)
            {
                continue;
            }
            daemon.AwaitUp();
            return;
        }
    }

    [BfdTheory]
    [InlineData("frr", "192.0.2.1", "198.51.100.2")]
    [InlineData("frr", "2001:db8::1", "2001:db8:1::2")]
    [InlineData("bird", "192.0.2.1", "198.51.100.2")]
    [InlineData("bird", "2001:db8::1", "2001:db8:1::2")]
    public void A_session_goes_through_a_router(string name, string own, string peer)
    {
        using BfdNetwork network = new(routed: true);
        using Daemon daemon = Daemon.Start(name, network, own, multihop: true);
        // BIRD sends with the system's TTL of 64, which the default minimum of 254 refuses.
        using BfdNode node = new(network.Near, BfdNode.Wish(peer, BfdNode.Calm with { MinimumTtl = name == "bird" ? (byte)63 : (byte)254 }, BfdHops.Multi, own));
        node.Await(BfdState.Up);
        daemon.AwaitUp();
        node.Eventually(s => s.DetectionTime == TimeSpan.FromSeconds(1));
        network.Cut();
        Assert.Equal(DownReason.DetectionTimeExpired, node.Await(BfdState.Down).Report.Reason);
    }

    [BfdTheory]
    [InlineData("192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8::1", "2001:db8::2")]
    public void Echoes_go_round_in_both_directions(string own, string peer)
    {
        using BfdNetwork network = new();
        BfdNetwork.Forward(network.Near);
        BfdNetwork.Forward(network.Far);
        using Frr daemon = new(network, own);
        daemon.Set("echo-mode", "echo transmit-interval 200", "echo receive-interval 200");
        using BfdNode node = new(network.Near, BfdNode.Wish(peer, BfdNode.Calm with { EchoInterval = BfdInterval.FromMilliseconds(200) }));
        node.Await(BfdState.Up);
        node.Eventually(s => s.Echo == EchoStanding.Active && s.Counters is { EchoIn: > 15, EchoOut: > 15 });
        // Control packets are seldom now, on our asking.
        node.Eventually(s => s.ReceiveInterval >= BfdInterval.OneSecond);
        Shell.Eventually(daemon.Counters, shown => System.Text.RegularExpressions.Regex.IsMatch(shown, @"Echo packet input: [1-9]\d+ packets"));
        daemon.AwaitUp();
        node.NothingHappened();

        // The neighbor ceases to forward: control packets flow on, echoes do not.
        Shell.Run("ip", "netns", "exec", network.Far, "sysctl", "-q", "-w", "net.ipv4.conf.all.forwarding=0", "net.ipv4.conf.eth0.forwarding=0", "net.ipv6.conf.all.forwarding=0");
        Assert.Equal(DownReason.EchoFailed, node.Await(BfdState.Down).Report.Reason);
    }

    [BfdFact]
    public void Without_forwarding_nobody_is_offered_echoes_and_a_peer_that_forwards_none_is_no_failure()
    {
        using BfdNetwork network = new();
        using Frr daemon = new(network, "192.0.2.1");
        daemon.Set("echo-mode", "echo transmit-interval 200", "echo receive-interval 200");
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2", BfdNode.Calm with { EchoInterval = BfdInterval.FromMilliseconds(200) }));
        node.Await(BfdState.Up);
        node.Eventually(s => s.Echo == EchoStanding.Unproven && s.Counters is { EchoIn: 0, EchoOut: > 15 });
        Assert.Contains("Echo packet output: 0 packets", daemon.Counters(), StringComparison.Ordinal);
        node.NothingHappened();
    }

    [BfdFact]
    public void The_operators_shutdown_is_told_apart_from_a_failure_on_both_sides()
    {
        using BfdNetwork network = new();
        using Frr daemon = new(network, "192.0.2.1");
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2"));
        node.Await(BfdState.Up);
        daemon.Set("shutdown");
        Assert.Equal(DownReason.NeighborAdminDown, node.Await(BfdState.Down).Report.Reason);
        daemon.Set("no shutdown");
        node.Await(BfdState.Up);
        node.Want(BfdNode.Wish("192.0.2.2", BfdNode.Calm with { AdminDown = true }));
        node.Await(BfdState.AdminDown);
        Shell.Eventually(daemon.Show, shown => shown.Contains("Remote diagnostics: administratively down", StringComparison.Ordinal));
        node.Want(BfdNode.Wish("192.0.2.2"));
        node.Await(BfdState.Up);
    }

    [BfdTheory]
    [InlineData(BfdAuthenticationType.SimplePassword, "simple")]
    [InlineData(BfdAuthenticationType.KeyedMd5, "keyed md5")]
    [InlineData(BfdAuthenticationType.MeticulousKeyedMd5, "meticulous keyed md5")]
    [InlineData(BfdAuthenticationType.KeyedSha1, "keyed sha1")]
    [InlineData(BfdAuthenticationType.MeticulousKeyedSha1, "meticulous keyed sha1")]
    public void Every_kind_of_authentication_is_BIRDs_too(BfdAuthenticationType type, string birds)
    {
        using BfdNetwork network = new();
        using Bird daemon = new(network, "192.0.2.1", authentication: $"authentication {birds}; password \"a secret\" {{ id 7; }};");
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2", BfdNode.Calm with { Authentication = new(type, new[] { BfdKey.FromText(7, "a secret") }.ToValueArray()) }));
        node.Await(BfdState.Up);
        daemon.AwaitUp();
        node.Eventually(s => s.Counters.ControlIn > 15);
        node.NothingHappened();
        AssertTraced(node, $"{type} key 7", r => r is { Outcome: TraceOutcome.Taken, Reason: nameof(BfdState.Up) }, "a secret");
    }

    [BfdFact]
    public void Of_a_password_that_is_wrong_the_trace_shows_that_it_is_and_neither()
    {
        using BfdNetwork network = new();
        using Bird daemon = new(network, "192.0.2.1", authentication: "authentication simple; password \"their word\" { id 7; };");
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2", BfdNode.Calm with { Authentication = new(BfdAuthenticationType.SimplePassword, new[] { BfdKey.FromText(7, "our secret") }.ToValueArray()) }));
        node.Eventually(s => s.Counters.ControlOut > 0 && node.Trace.Read(0).Records.Any(r => r.Direction == TraceDirection.In));
        AssertTraced(node, "SimplePassword key 7", r => r is { Outcome: TraceOutcome.Discarded, Reason: nameof(DiscardReason.AuthenticationMismatch) }, "their word", "our secret");
    }

    /// <summary>Packets of both directions, one that came of the kind that is looked for, and no secret in any octet.</summary>
    private static void AssertTraced(BfdNode node, string words, Func<TraceRecord, bool> heard, params string[] secrets)
    {
        IReadOnlyList<TraceRecord> records = node.Trace.Read(0).Records;
        Assert.Contains(records, r => r is { Direction: TraceDirection.Out, Outcome: TraceOutcome.Sent });
        Assert.Contains(records, r => r.Direction == TraceDirection.In && heard(r));
        Assert.All(records, r => Assert.EndsWith(words, ControlText.Of(r.Octets.AsSpan()).Words, StringComparison.Ordinal));
        foreach (string secret in secrets) Assert.All(records, r => Assert.True(r.Octets.AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, $"{secret} stands in {ControlText.Of(r.Octets.AsSpan()).Words}"));
    }

    [BfdTheory]
    [InlineData("frr")]
    [InlineData("bird")]
    public void A_peer_that_is_killed_and_started_again_comes_back(string name)
    {
        using BfdNetwork network = new();
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2"));
        for (int life = 0; life < 2; life++)
        {
            using Daemon daemon = Daemon.Start(name, network, "192.0.2.1");
            node.Await(BfdState.Up);
            daemon.Dispose();
            node.Await(BfdState.Down);
        }
    }

    [BfdFact]
    public void A_link_that_is_made_anew_is_used_again()
    {
        using BfdNetwork network = new();
        using Bird daemon = new(network, "192.0.2.1");
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2"));
        node.Await(BfdState.Up);
        Shell.Run("ip", "-n", network.Near, "link", "delete", "eth0");
        node.Await(BfdState.Down);
        node.Eventually(s => s.Fault == BfdFault.InterfaceMissing);
        foreach (string command in new[] { $"-n {network.Middle} link add near type veth peer name eth0 netns {network.Near}", $"-n {network.Middle} link set near up master br0", $"-n {network.Near} link set eth0 up", $"-n {network.Near} address add 192.0.2.1/24 dev eth0" })
            Shell.Run("ip", command.Split(' '));
        node.Await(BfdState.Up);
        Assert.Equal(BfdFault.None, node.Session.Fault);
    }

    [BfdFact]
    public void Another_daemon_on_the_port_is_named_as_the_fault()
    {
        using BfdNetwork network = new();
        using BfdNode first = new(network.Near, BfdNode.Wish("192.0.2.2")), second = new(network.Near, BfdNode.Wish("192.0.2.2"));
        Shell.Eventually(() => $"{first.Session.Fault} {second.Session.Fault}", seen => seen is "None PortInUse" or "PortInUse None");
    }
}
