using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Tests.Fakes;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Layer2.Tests.Announcing;

/// <summary>Addresses that somebody else has or wants: probes, defences, yields and hand-overs as they reach the wire.</summary>
public sealed class PortSetClaimsTests : PortSetFixture
{
    [Theory]
    [InlineData("192.0.2.10")]
    [InlineData("2001:db8::10")]
    public void An_address_is_asked_for_on_each_wanted_interface_before_it_is_claimed(string address)
    {
        IpAddress claimed = IpAddress.Parse(address);
        Reconcile([Eth0, Eth1, Eth1 with { Index = 4, Name = "eth2" }], Plan(Layer2Role.Claim, $"{address} eth0,eth1"));
        Assert.Equal([new(claimed, UnreachableReason.Probing)], Ports.Report.Unreachable);
        foreach (string name in (string[])["eth0", "eth1"])
        {
            // Listened for before it is asked for: who has it answers at once.
            Assert.Equal([claimed], Network.Device(name).Listening);
            Assert.True(Frame.IsProbe(Assert.Single(Drained(name))));
        }
        Assert.False(IsAnswered("eth0"));
        Pass(TimeSpan.FromMilliseconds(299));
        Assert.Equal([true, true], Drained("eth0").Select(Frame.IsProbe));
        Assert.False(IsAnswered("eth0"));
        Assert.Empty(Ports.Report.Claimed);

        Pass(TimeSpan.FromMilliseconds(1));
        Assert.All(Drained("eth0"), f => Assert.Equal((claimed, Segment.Own), Frame.Claim(f)));
        Assert.Empty(Ports.Report.Unreachable);
        Assert.True(claimed == Segment.IPv6 || IsAnswered("eth0"));
        Assert.Equal([claimed], Ports.Report.Claimed);
        Reconcile([Eth0, Eth1], Plan(Layer2Role.Own, $"{address} eth0,eth1"));
        Assert.Empty(Ports.Report.Claimed);
        Assert.Empty(Drained("eth0"));
        Assert.Empty(Network.Device("eth2").Sent);
        Assert.Equal(6, RecordedMetrics.Read(Metrics.Meter).Where(s => s.Key.StartsWith("lbspeaker_layer2_probes_sent_total", StringComparison.Ordinal)).Sum(s => s.Value));
    }

    [Fact]
    public void Whoever_stood_still_is_silent_until_it_has_asked_and_then_announces_anew()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        Pass(TimeSpan.FromMinutes(1));
        Drained("eth0");
        Process.Advance(TimeSpan.FromMilliseconds(251));
        Assert.False(IsAnswered("eth0"));

        AskInVain("eth0");
        Assert.False(IsAnswered("eth0"));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.Probing)], Ports.Report.Unreachable);
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
        Assert.True(IsAnswered("eth0"));
        Assert.Empty(Ports.Report.Unreachable);
        Assert.Equal(1, RecordedMetrics.Read(Metrics.Meter)["lbspeaker_layer2_standstills_total{}"]);
    }

    [Fact]
    public void An_address_that_a_host_has_is_not_claimed_and_the_report_says_who_has_it()
    {
        Reconcile([Eth0, Eth1], Plan(Layer2Role.Claim, "192.0.2.10"));
        Pass(TimeSpan.FromMilliseconds(1));
        Hear("eth1", Frame.Announcing(Segment.IPv4, Segment.Client));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.Probing)], Ports.Report.Unreachable);
        Drained("eth1");
        for (int i = 0; i < 40 && !Drained("eth1").Any(Frame.IsProbe); i++) Pass(TimeSpan.FromMilliseconds(50));
        Hear("eth1", Frame.Announcing(Segment.IPv4, Segment.Client));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.InUse)], Ports.Report.Unreachable);
        Assert.Equal([new(Segment.IPv4, Segment.Client, "eth1", null, ConflictOutcome.Refused, Conflicted)], Ports.Report.Conflicts);
        Assert.False(IsAnswered("eth0"));
        Assert.Equal(1, RecordedMetrics.Read(Metrics.Meter)["lbspeaker_layer2_conflicts_total{outcome=Refused}"]);
        Drained("eth0");

        Pass(TimeSpan.FromSeconds(20));
        Assert.Equal([Segment.IPv4, Segment.IPv4], Drained("eth0").SkipWhile(Frame.IsProbe).Select(f => Frame.Claim(f).Address).Take(2));
        Assert.Empty(Ports.Report.Conflicts);
    }

    [Fact]
    public void A_stranger_is_told_on_every_interface_once_and_the_bursts_go_on_as_before()
    {
        Reconcile([Eth0, Eth1], Plan("192.0.2.10"));
        Assert.Equal(2, Drained("eth0").Count);
        Now += TimeSpan.FromMilliseconds(500);
        Hear("eth0", Frame.Announcing(Segment.IPv4, Segment.Client));
        // The answer to the announcement, and then the defence.
        Assert.Equal([Segment.Client, MacAddress.Broadcast, MacAddress.Broadcast], Drained("eth0").Select(f => MacAddress.FromBytes(f)));
        Assert.Equal(4, Drained("eth1").Count);
        Hear("eth0", Frame.Announcing(Segment.IPv4, Segment.Client));
        Assert.Single(Drained("eth0"));
        Assert.Equal([new(Segment.IPv4, Segment.Client, "eth0", null, ConflictOutcome.Defended, Conflicted)], Ports.Report.Conflicts);
        Pass(TimeSpan.FromMilliseconds(600));
        Assert.Equal(2, Drained("eth0").Count);
    }

    [Fact]
    public void A_fellow_that_goes_before_this_node_makes_it_silent_at_once()
    {
        Layer2Plan plan = Plan("192.0.2.10") with { Node = "a", Fellows = Fellows(before: "a") };
        Reconcile([Eth0], plan);
        Drained("eth0");
        Hear("eth0", Frame.Announcing(Segment.IPv4, Segment.Fellow));
        Assert.Empty(Network.Device("eth0").Sent);
        Assert.Equal([new(Segment.IPv4, UnreachableReason.Yielded)], Ports.Report.Unreachable);
        Assert.Equal([new(Segment.IPv4, Segment.Fellow, "eth0", plan.Fellows[Segment.Fellow], ConflictOutcome.Yielded, Conflicted)], Ports.Report.Conflicts);
        Assert.False(IsAnswered("eth0"));

        Pass(TimeSpan.FromSeconds(2));
        Assert.Equal([true, true, true, false, false], Drained("eth0").Select(Frame.IsProbe).Take(5));
        Assert.True(IsAnswered("eth0"));
    }

    [Fact]
    public void What_is_handed_over_is_answered_and_not_announced_until_a_fellow_announces_it()
    {
        Layer2Plan plan = Plan("192.0.2.10") with { Node = "a", Fellows = Fellows(before: "a") };
        Reconcile([Eth0], plan);
        Drained("eth0");
        Reconcile([Eth0 with { Interruptions = 1 }], plan with { Addresses = Plan(Layer2Role.HandOver, "192.0.2.10").Addresses });
        Pass(TimeSpan.FromMilliseconds(900));
        Assert.Empty(Drained("eth0"));
        Assert.True(IsAnswered("eth0"));
        Assert.Empty(Ports.Report.HandedOver);

        // Who is to have it next asks whether it is free.
        Hear("eth0", Frame.Probing(Segment.IPv4, Segment.Fellow));
        Assert.Empty(Network.Device("eth0").Sent);
        Hear("eth0", Frame.Probing(Segment.IPv4, Segment.Client));
        Assert.Single(Drained("eth0"));

        Hear("eth0", Frame.Announcing(Segment.IPv4, Segment.Fellow));
        Assert.Empty(Network.Device("eth0").Sent);
        Assert.False(IsAnswered("eth0"));
        Assert.Equal([Segment.IPv4], Ports.Report.HandedOver);
        Assert.Empty(Ports.Report.Unreachable);
        Assert.Empty(Network.Device("eth0").Listening);

        Reconcile([Eth0], plan);
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void What_is_held_and_recorded_as_another_ones_now_is_announced_anew()
    {
        Layer2Plan plan = Plan("192.0.2.10", "192.0.2.11");
        Reconcile([Eth0], plan);
        Pass(TimeSpan.FromSeconds(6));
        Drained("eth0");
        Layer2Plan taken = plan with { Addresses = plan.Addresses.SetItem(Segment.IPv4, plan.Addresses[Segment.IPv4] with { From = "b" }) };
        Reconcile([Eth0], taken);
        Pass(TimeSpan.FromSeconds(1.2));
        Assert.Equal([Segment.IPv4, Segment.IPv4, Segment.IPv4, Segment.IPv4], Drained("eth0").Select(f => Frame.Claim(f).Address));
        Reconcile([Eth0], taken with { Node = "a" });
        Assert.Empty(Drained("eth0"));
    }

    [Fact]
    public void What_was_heard_is_due_at_once_and_the_next_a_moment_later()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        Drained("eth0");
        Assert.True(Ports.NextDue > Now);
        foreach (TimeSpan wait in (TimeSpan[])[TimeSpan.Zero, Options.Claims.HearingInterval])
        {
            Network.Device("eth0").Arrive(Frame.Announcing(Segment.IPv4, Segment.Client));
            Capture.Reading.Single().Pump();
            Assert.InRange(Ports.NextDue!.Value, TimeSpan.Zero, Now + wait);
            if (wait == TimeSpan.Zero) Ports.Act(Now);
        }
        Assert.Equal(Now + Options.Claims.HearingInterval, Ports.NextDue);
    }

    /// <summary>As a bridge does it, or a switch that has learnt from us.</summary>
    [Fact]
    public void This_nodes_own_frames_are_no_conflict_whatever_interface_they_come_back_on()
    {
        Reconcile([Eth0, Eth1 with { Name = "docker0" }], Plan("192.0.2.10"));
        Hear("eth0", Frame.Announcing(Segment.IPv4, Eth1.Mac!.Value));
        Hear("eth0", Frame.Announcing(Segment.IPv4, Eth0.Mac!.Value));
        Assert.Empty(Ports.Report.Conflicts);
    }
}
