using System.Diagnostics;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2;
using LbSpeaker.Testing.Network;
using Xunit.Abstractions;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>Others on the segment that have, want or take an address: real hosts and their tools, and further speakers.</summary>
public sealed class ConflictTests(ITestOutputHelper output)
{
    private const string IPv4 = "192.0.2.10", IPv6 = "2001:db8::10";

    [NetworkTheory]
    [InlineData(IPv4)]
    [InlineData(IPv6)]
    public async Task What_nobody_has_is_asked_for_and_then_answered(string address)
    {
        await using Segment segment = new();
        Node node = segment.Start();
        node.Until(r => r.Interfaces.Count == 1);
        long start = Stopwatch.GetTimestamp();
        node.Announcer.SetDesired(Node.PlanOf(Layer2Role.Claim, address));
        segment.Client.UntilAnswered(address, Wire.NodeMac);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        output.WriteLine($"{address} is answered after {took.TotalMilliseconds:0} ms");
        Assert.True(took > TimeSpan.FromMilliseconds(290), $"answered after {took.TotalMilliseconds:0} ms, unasked");
        Assert.Equal(3, node.Samples["lbspeaker_layer2_probes_sent_total{interface=eth0}"]);
    }

    /// <summary>The kernel of the host answers the probe, as RFC 5227 section 2.1.1 and RFC 4862 section 5.4.4 have it.</summary>
    [NetworkTheory]
    [InlineData(IPv4, "192.0.2.10/24")]
    [InlineData(IPv6, "2001:db8::10/64 nodad")]
    public async Task A_claim_of_what_a_host_has_is_refused_until_it_is_gone(string address, string configured)
    {
        await using Segment segment = new();
        segment.ClientPlace.Ip($"addr add {configured} dev eth0");
        Node node = segment.Start(Node.Quiet with { Claims = new() { RetryInterval = TimeSpan.FromSeconds(1) } });
        node.Announcer.SetDesired(Node.PlanOf(Layer2Role.Claim, address));
        node.Until(r => r.Unreachable is [{ Reason: UnreachableReason.InUse }]);
        AddressConflict conflict = Assert.Single(node.Announcer.Report.Conflicts);
        Assert.Equal((Wire.ClientMac, "eth0", null, ConflictOutcome.Refused), (conflict.Mac.ToString(), conflict.Interface, conflict.Fellow, conflict.Outcome));
        // Asked for again meanwhile, and again refused.
        Eventually.True("asked again", Node.Patience, () => node.Samples["lbspeaker_layer2_probes_sent_total{interface=eth0}"] >= 3);
        Assert.Equal([conflict], node.Announcer.Report.Conflicts);
        Assert.False(segment.Client.IsAnswered(address, Wire.NodeMac, TimeSpan.FromMilliseconds(200)));

        segment.ClientPlace.Ip($"addr del {configured.Split(' ')[0]} dev eth0");
        node.Until(r => r.Unreachable.IsEmpty && r.Conflicts.IsEmpty);
        segment.Client.UntilAnswered(address, Wire.NodeMac);
    }

    [NetworkFact("arping")]
    public async Task A_stranger_is_told_once_in_ten_seconds_and_reported()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4);
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        segment.Client.Discard();
        segment.ClientPlace.Ip($"addr add {IPv4}/32 dev eth0");
        (_, string said) = segment.ClientPlace.Try("arping", "-U", "-c", "4", "-W", "0.3", "-i", "eth0", IPv4);
        node.Until(r => r.Conflicts is [{ Outcome: ConflictOutcome.Defended, Interface: "eth0", Fellow: null }]);
        Assert.Equal(Wire.ClientMac, node.Announcer.Report.Conflicts[0].Mac.ToString());
        Assert.True(node.Samples.Where(s => s.Key.StartsWith("lbspeaker_layer2_heard_total", StringComparison.Ordinal)).Sum(s => s.Value) >= 4, said);
        // One announcement is a request and a reply.
        int told = 0;
        segment.Client.Receive(f => { told += Wire.IsAnnouncement(f, IPv4, Wire.NodeMac) ? 1 : 0; return false; }, TimeSpan.FromSeconds(1));
        Assert.Equal(2, told);
        segment.ClientPlace.Ip($"addr del {IPv4}/32 dev eth0");
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
    }

    /// <summary>Who asks before he takes it learns that it is in use, and is no conflict.</summary>
    [NetworkFact("arping", "ndisc6")]
    public async Task A_host_that_probes_is_answered_and_not_reported()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4, IPv6);
        (int code, string said) = segment.ClientPlace.Try("arping", "-0", "-c", "1", "-w", "5", "-i", "eth0", IPv4);
        Assert.True(code == 0 && said.Contains(Wire.NodeMac, StringComparison.Ordinal), said);
        (code, said) = segment.ClientPlace.Try("ndisc6", "-q", "-1", "-r", "5", IPv6, "eth0");
        Assert.True(code == 0 && said.Contains(Wire.NodeMac, StringComparison.OrdinalIgnoreCase), said);
        Assert.Equal(1, node.Samples["lbspeaker_layer2_heard_total{how=ArpProbe}"]);
        Assert.Empty(node.Announcer.Report.Conflicts);
    }

    [NetworkTheory]
    [InlineData(IPv4)]
    [InlineData(IPv6)]
    public async Task Of_two_that_own_an_address_the_first_in_rank_answers(string address)
    {
        await using Switch segment = new();
        Node[] nodes = [segment.Add(Node.Quiet), segment.Add(Node.Quiet)];
        Node first = segment.First(address), second = nodes.Single(n => n != first);
        foreach (Node each in (Node[])[first, second])
        {
            segment.Plan(each, Layer2Role.Own, address);
            each.Until(r => r.Interfaces.Count == 1);
        }
        second.Until(r => r.Unreachable is [{ Reason: UnreachableReason.Yielded }]);
        AddressConflict conflict = Assert.Single(second.Announcer.Report.Conflicts);
        Assert.Equal((segment.MacOf(first), segment.NameOf(first), ConflictOutcome.Yielded), (conflict.Mac.ToString(), conflict.Fellow, conflict.Outcome));
        for (int i = 0; i < 15; i++) Assert.Equal([segment.NameOf(first)], segment.Answering(address));
        Assert.Empty(first.Announcer.Report.Unreachable);

        // And takes over a second or so after that one falls silent.
        long start = Stopwatch.GetTimestamp();
        segment.Plan(first, Layer2Role.HandOver, "192.0.2.99");
        segment.Client.UntilAnswered(address, segment.MacOf(second));
        output.WriteLine($"answered again after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");
    }

    [NetworkTheory]
    [InlineData(IPv4)]
    [InlineData(IPv6)]
    public async Task A_claim_of_what_another_node_has_waits_until_that_one_leaves_it(string address)
    {
        await using Switch segment = new();
        (Node owner, Node claimer) = (segment.Add(Node.Quiet), segment.Add(Node.Quiet));
        segment.Plan(owner, Layer2Role.Own, address);
        segment.Client.UntilAnswered(address, segment.MacOf(owner));
        segment.Plan(claimer, Layer2Role.Claim, address);
        claimer.Until(r => r.Unreachable is [{ Reason: UnreachableReason.Yielded }]);
        Assert.Equal(segment.NameOf(owner), Assert.Single(claimer.Announcer.Report.Conflicts).Fellow);
        Assert.Equal([segment.NameOf(owner)], segment.Answering(address));

        // Somebody decided that the claimer is to own it: somebody answers all the while.
        segment.Plan(owner, Layer2Role.HandOver, address);
        segment.Plan(claimer, Layer2Role.Own, address);
        for (int i = 0; i < 100 && owner.Announcer.Report.HandedOver.IsEmpty; i++) Assert.NotEmpty(segment.Answering(address));
        Assert.Equal([segment.NameOf(claimer)], segment.Answering(address));
    }

    /// <summary>The limit is far: what ends the old owner's answers is the new one's burst. Either may rank first.</summary>
    [NetworkTheory]
    [InlineData(IPv4)]
    [InlineData(IPv6)]
    [InlineData("192.0.2.11")]
    [InlineData("192.0.2.12")]
    [InlineData("192.0.2.13")]
    public async Task What_is_handed_over_is_answered_by_the_old_owner_until_the_new_one_is_heard(string address)
    {
        await using Switch segment = new();
        Layer2Options patient = Node.Quiet with { Claims = new() { HandOverLimit = TimeSpan.FromMinutes(1) } };
        (Node old, Node next) = (segment.Add(patient), segment.Add(patient));
        segment.Plan(old, Layer2Role.Own, address);
        segment.Client.UntilAnswered(address, segment.MacOf(old));
        segment.Plan(old, Layer2Role.HandOver, address);
        for (int i = 0; i < 3; i++) Assert.Equal([segment.NameOf(old)], segment.Answering(address));
        Assert.Empty(old.Announcer.Report.HandedOver);

        segment.Plan(next, Layer2Role.Own, address);
        TimeSpan took = old.Until(r => r.HandedOver is [var gone] && gone == IpAddress.Parse(address));
        output.WriteLine($"{address} is handed over {took.TotalMilliseconds:0} ms after the new plan");
        for (int i = 0; i < 3; i++) Assert.Equal([segment.NameOf(next)], segment.Answering(address));
        Assert.Empty(next.Announcer.Report.Conflicts);
    }

    [NetworkFact]
    public async Task A_flood_of_conflicts_costs_neither_answers_nor_memory()
    {
        await using Segment segment = new();
        Node node = segment.Start(IPv4);
        segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        byte[] conflict = Wire.Asking("192.0.2.200");
        IpAddress.Parse(IPv4).WriteBytes(conflict.AsSpan(28));
        string sent = $"metallb_layer2_gratuitous_sent{{ip={IPv4}}}";
        long before = node.Samples[sent], start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 50_000; i++)
        {
            // Each from another host.
            (conflict[9], conflict[10], conflict[25], conflict[26]) = ((byte)(i >> 8), (byte)i, (byte)(i >> 8), (byte)i);
            segment.Client.TrySend(conflict);
            if (i % 1_000 == 0) segment.Client.UntilAnswered(IPv4, Wire.NodeMac);
        }
        Assert.InRange(node.Samples[sent] - before, 2, 2 * (1 + (long)Stopwatch.GetElapsedTime(start).TotalSeconds / 10));
        Assert.InRange(node.Announcer.Report.Conflicts.Count, 1, 4);
    }
}
