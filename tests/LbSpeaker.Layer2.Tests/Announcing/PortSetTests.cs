using System.Collections.Immutable;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2.Announcing;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;
using LbSpeaker.Layer2.Tests.Fakes;
using LbSpeaker.Linux.Links;
using LbSpeaker.Testing.Observability;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Layer2.Tests.Announcing;

/// <summary>What becomes of the interfaces in use when the plan or the links change: one thread, no clock.</summary>
public sealed class PortSetTests : IDisposable
{
    private static readonly Layer2Options Options = new();
    private static readonly DateTimeOffset Conflicted = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly FakeLinkLayer network = new();
    private readonly FakeCapture capture = new();
    private readonly Hearing hearing = new(() => { });
    private readonly FakeTimeProvider time = new(Conflicted);
    private readonly Layer2Metrics metrics;
    private readonly PortSet ports;
    private TimeSpan now = TimeSpan.FromMinutes(1);
    private LinkState[] lastLinks = [];
    private Layer2Plan lastPlan = Layer2Plan.Empty;

    public PortSetTests()
    {
        metrics = new Layer2Metrics(() => ports!.CountDrops());
        BurstSchedule schedule = new(Options, new Random(7));
        ports = new PortSet(Options, time, network, capture, hearing, metrics, schedule, new Claims(Options.Claims, Options.PaceWindow, new Random(7)));
    }

    private static readonly LinkState Eth0 = FakeLinkLayer.Fit(2, "eth0"), Eth1 = FakeLinkLayer.Fit(3, "eth1", "02:00:00:00:00:02");

    public static TheoryData<string, LinkState> Unfit() => new()
    {
        { "down", Eth0 with { IsUp = false } },
        { "without carrier", Eth0 with { HasCarrier = false } },
        { "part of a bridge", Eth0 with { HasMaster = true } },
        { "without ARP", Eth0 with { NoArp = true } },
        { "loopback", Eth0 with { IsLoopback = true } },
        { "no Ethernet", Eth0 with { Mac = null } },
        { "excluded", Eth0 with { Name = "veth0" } },
        { "neither broadcast nor link-local", Eth0 with { IsBroadcast = false, LinkLocal = null } },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void An_interface_that_is_not_fit_is_left_alone_and_used_as_soon_as_it_is(string why, LinkState link)
    {
        Reconcile([link], Plan("192.0.2.10"));
        Assert.True(network.Opened.Count == 0, why);
        Assert.Empty(ports.Report.Interfaces);

        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal([Segment.IPv4], network.Device("eth0").Listening);
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void An_address_is_answered_on_the_interfaces_that_it_is_wanted_on()
    {
        Reconcile([Eth0, Eth1], Plan("192.0.2.10", "192.0.2.11 eth1", "2001:db8::10 eth0,eth9"));
        Assert.Equal([Segment.IPv4, Segment.IPv6], network.Device("eth0").Listening);
        Assert.Equal([Segment.IPv4, Segment.Address("192.0.2.11")], network.Device("eth1").Listening);
        Assert.Empty(ports.Report.Unreachable);
    }

    [Fact]
    public void A_link_local_address_that_appears_late_brings_the_IPv6_addresses_and_their_burst()
    {
        Layer2Plan plan = Plan("192.0.2.10", "2001:db8::10");
        Reconcile([Eth0 with { LinkLocal = null }], plan);
        Assert.Equal([Segment.IPv4], network.Device("eth0").Listening);
        Announcements("eth0");
        Assert.Equal([new(Segment.IPv6, UnreachableReason.FamilyMissing)], ports.Report.Unreachable);

        Reconcile([Eth0], plan);
        Assert.Equal([Segment.IPv4, Segment.IPv6], network.Device("eth0").Listening);
        Assert.Equal([Segment.IPv6], Announcements("eth0"));
        Assert.Empty(ports.Report.Unreachable);
        Assert.Single(network.Opened);
    }

    [Fact]
    public void A_link_local_address_that_goes_takes_the_IPv6_addresses_with_it()
    {
        Layer2Plan plan = Plan("192.0.2.10", "2001:db8::10");
        Reconcile([Eth0], plan);
        Announcements("eth0");
        Reconcile([Eth0 with { LinkLocal = null }], plan);
        Assert.Equal([Segment.IPv4], network.Device("eth0").Listening);
        Assert.Equal([Segment.IPv4, Segment.IPv4], AnnouncementsLater("eth0"));
    }

    [Fact]
    public void A_new_hardware_address_is_announced_and_answered_with()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        FakeDevice old = network.Device("eth0");
        MacAddress mac = Segment.Mac("02:00:00:00:00:99");
        Reconcile([Eth0 with { Mac = mac }], Plan("192.0.2.10"));
        AssertReplaced(old);
        Assert.All(Drained("eth0"), f => Assert.Equal((Segment.IPv4, mac), Frame.Claim(f)));
        Assert.Equal([mac], ports.Report.Interfaces.Select(i => i.Mac));
    }

    [Fact]
    public void A_renamed_interface_answers_for_what_is_wanted_on_its_new_name()
    {
        Layer2Plan plan = Plan("192.0.2.10 eth0", "192.0.2.11 uplink");
        Reconcile([Eth0], plan);
        FakeDevice old = network.Device("eth0");
        Assert.Equal([new(Segment.Address("192.0.2.11"), UnreachableReason.NoInterface)], ports.Report.Unreachable);

        Reconcile([Eth0 with { Name = "uplink" }], plan);
        AssertReplaced(old);
        Assert.Equal([Segment.Address("192.0.2.11")], network.Device("uplink").Listening);
        Assert.Equal(["uplink"], ports.Report.Interfaces.Select(i => i.Name));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.NoInterface)], ports.Report.Unreachable);
    }

    [Fact]
    public void An_interface_that_goes_down_and_comes_up_sends_its_burst_again()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        FakeDevice old = network.Device("eth0");
        Announcements("eth0");
        Reconcile([Eth0 with { IsUp = false }], Plan("192.0.2.10"));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.InterfaceDown)], ports.Report.Unreachable);
        now += TimeSpan.FromMinutes(10);
        ports.Act(now);
        Assert.Empty(old.Sent);
        Reconcile([Eth0], Plan("192.0.2.10"));
        AssertReplaced(old);
        AskInVain("eth0");
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    /// <summary>So short that the table never showed it.</summary>
    [Fact]
    public void An_interruption_between_two_readings_sends_the_burst_again_on_the_open_device()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        Announcements("eth0");
        Reconcile([Eth0 with { Interruptions = 1 }], Plan("192.0.2.10"));
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
        Assert.Single(network.Opened);
    }

    [Fact]
    public void An_interface_of_the_same_name_and_another_index_is_another_one()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        FakeDevice old = network.Device("eth0");
        Reconcile([Eth0 with { Index = 7 }], Plan("192.0.2.10"));
        AssertReplaced(old);
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void A_device_is_closed_only_when_nobody_reads_it_and_is_silent_from_the_first()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        (Port port, FakeDevice device) = (capture.Reading.Single(), network.Device("eth0"));
        Reconcile([], Plan("192.0.2.10"));
        Assert.False(device.IsClosed);
        device.Arrive(Frame.Asking(Segment.IPv4));
        port.Pump();
        Assert.Empty(device.Sent);
        capture.ReleaseAsked();
        Reconcile([], Plan("192.0.2.10"));
        Assert.True(device.IsClosed);
    }

    [Fact]
    public void An_address_that_moves_between_interfaces_is_withdrawn_before_it_is_answered()
    {
        Reconcile([Eth0, Eth1], Plan("192.0.2.10 eth0"));
        Announcements("eth0");
        (FakeDevice before, FakeDevice after) = (network.Device("eth0"), network.Device("eth1"));
        bool asked = false;
        after.OnListen = () =>
        {
            asked = true;
            before.Arrive(Frame.Asking(Segment.IPv4));
            foreach (Port port in capture.Reading) port.Pump();
            Assert.Empty(before.Sent);
        };
        Reconcile([Eth0, Eth1], Plan("192.0.2.10 eth1"));
        Assert.True(asked);
        ports.Act(now);
        Assert.Empty(before.Sent);
        Assert.Equal(2, after.Sent.Count);
    }

    [Fact]
    public void A_withdrawn_address_is_announced_no_more()
    {
        Reconcile([Eth0], Plan("192.0.2.10", "192.0.2.11"));
        Announcements("eth0");
        Reconcile([Eth0], Plan("192.0.2.11"));
        Assert.Equal([Segment.Address("192.0.2.11")], network.Device("eth0").Listening);
        Assert.Equal([Segment.Address("192.0.2.11"), Segment.Address("192.0.2.11")], AnnouncementsLater("eth0"));
        Reconcile([Eth0], Layer2Plan.Empty);
        Assert.Empty(network.Device("eth0").Listening);
        Assert.Empty(AnnouncementsLater("eth0"));
        Assert.Null(ports.NextDue);
    }

    [Fact]
    public void A_plan_that_changes_nothing_touches_no_device_and_starts_no_burst()
    {
        Reconcile([Eth0], Plan("192.0.2.10", "2001:db8::10"));
        Announcements("eth0");
        int listenings = network.Device("eth0").Listenings;
        Reconcile([Eth0], Plan("192.0.2.10", "2001:db8::10"));
        Assert.Equal(listenings, network.Device("eth0").Listenings);
        Assert.Empty(Announcements("eth0"));
    }

    [Fact]
    public void An_interface_that_cannot_be_opened_is_reported_and_tried_again_after_a_while()
    {
        network.OpenFault = "interface eth0 cannot be opened: no memory";
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal([network.OpenFault], ports.Report.Interfaces.Select(i => i.Fault));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.InterfaceFault)], ports.Report.Unreachable);
        Assert.Equal(now + Options.RetryInterval, ports.RetryAt);

        network.OpenFault = null;
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Empty(network.Opened);
        now += Options.RetryInterval;
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
        Assert.Equal([null], ports.Report.Interfaces.Select(i => i.Fault));
        Assert.Null(ports.RetryAt);
    }

    [Fact]
    public void What_cannot_be_listened_for_in_full_is_reported_and_tried_again()
    {
        Reconcile([Eth0], Layer2Plan.Empty);
        FakeDevice device = network.Device("eth0");
        device.ListenFault = "cannot join the multicast group";
        Reconcile([Eth0], Plan("2001:db8::10"));
        Assert.Equal([device.ListenFault], ports.Report.Interfaces.Select(i => i.Fault));
        Assert.Equal(now + Options.RetryInterval, ports.RetryAt);
        device.ListenFault = null;
        Reconcile([Eth0], Plan("2001:db8::10"));
        Assert.Equal([null], ports.Report.Interfaces.Select(i => i.Fault));
        Assert.Null(ports.RetryAt);
    }

    /// <summary>A device that dies each time it is opened must not keep the machine busy.</summary>
    [Fact]
    public void A_device_that_died_is_closed_and_opened_again_after_a_while()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        FakeDevice old = network.Device("eth0");
        capture.Release(capture.Reading.Single());
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.True(old.IsClosed);
        Assert.Single(network.Opened);
        Assert.Equal(["interface eth0 can no longer be read"], ports.Report.Interfaces.Select(i => i.Fault));
        now += Options.RetryInterval;
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal(2, network.Opened.Count);
        AskInVain("eth0");
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void A_device_that_died_while_its_interface_went_is_used_at_once_when_that_is_back()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        capture.Release(capture.Reading.Single());
        Reconcile([Eth0 with { IsUp = false }], Plan("192.0.2.10"));
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void An_unreachable_address_has_the_reason_that_comes_closest()
    {
        Layer2Plan plan = Plan("192.0.2.10 eth0,eth1", "2001:db8::10 eth0,eth1", "192.0.2.11 eth9", "192.0.2.12 veth1", "192.0.2.13 eth1");
        LinkState arpOnly = Eth0 with { LinkLocal = null };
        Reconcile([arpOnly, Eth1 with { IsUp = false }, FakeLinkLayer.Fit(9, "veth1")], plan);
        Assert.Equal(
        [
            new(Segment.Address("192.0.2.11"), UnreachableReason.NoInterface),
            new(Segment.Address("192.0.2.12"), UnreachableReason.NoInterface),
            new(Segment.Address("192.0.2.13"), UnreachableReason.InterfaceDown),
            new(Segment.IPv6, UnreachableReason.FamilyMissing),
        ], ports.Report.Unreachable);
    }

    [Theory]
    [InlineData("192.0.2.10")]
    [InlineData("2001:db8::10")]
    public void An_address_is_asked_for_on_each_wanted_interface_before_it_is_claimed(string address)
    {
        IpAddress claimed = IpAddress.Parse(address);
        Reconcile([Eth0, Eth1, Eth1 with { Index = 4, Name = "eth2" }], Plan(Layer2Role.Claim, $"{address} eth0,eth1"));
        Assert.Equal([new(claimed, UnreachableReason.Probing)], ports.Report.Unreachable);
        foreach (string name in (string[])["eth0", "eth1"])
        {
            // Listened for before it is asked for: who has it answers at once.
            Assert.Equal([claimed], network.Device(name).Listening);
            Assert.True(Frame.IsProbe(Assert.Single(Drained(name))));
        }
        Assert.False(IsAnswered("eth0"));
        Pass(TimeSpan.FromMilliseconds(299));
        Assert.Equal([true, true], Drained("eth0").Select(Frame.IsProbe));
        Assert.False(IsAnswered("eth0"));
        Assert.Empty(ports.Report.Claimed);

        Pass(TimeSpan.FromMilliseconds(1));
        Assert.All(Drained("eth0"), f => Assert.Equal((claimed, Segment.Own), Frame.Claim(f)));
        Assert.Empty(ports.Report.Unreachable);
        Assert.True(claimed == Segment.IPv6 || IsAnswered("eth0"));
        Assert.Equal([claimed], ports.Report.Claimed);
        Reconcile([Eth0, Eth1], Plan(Layer2Role.Own, $"{address} eth0,eth1"));
        Assert.Empty(ports.Report.Claimed);
        Assert.Empty(Drained("eth0"));
        Assert.Empty(network.Device("eth2").Sent);
        Assert.Equal(6, RecordedMetrics.Read(metrics.Meter).Where(s => s.Key.StartsWith("lbspeaker_layer2_probes_sent_total", StringComparison.Ordinal)).Sum(s => s.Value));
    }

    [Fact]
    public void An_address_that_a_host_has_is_not_claimed_and_the_report_says_who_has_it()
    {
        Reconcile([Eth0, Eth1], Plan(Layer2Role.Claim, "192.0.2.10"));
        Hear("eth1", Frame.Announcing(Segment.IPv4, Segment.Client));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.InUse)], ports.Report.Unreachable);
        Assert.Equal([new(Segment.IPv4, Segment.Client, "eth1", null, ConflictOutcome.Refused, Conflicted)], ports.Report.Conflicts);
        Assert.False(IsAnswered("eth0"));
        Assert.Equal(1, RecordedMetrics.Read(metrics.Meter)["lbspeaker_layer2_conflicts_total{outcome=Refused}"]);
        Drained("eth0");

        Pass(TimeSpan.FromSeconds(20));
        Assert.Equal([Segment.IPv4, Segment.IPv4], Drained("eth0").SkipWhile(Frame.IsProbe).Select(f => Frame.Claim(f).Address).Take(2));
        Assert.Empty(ports.Report.Conflicts);
    }

    [Fact]
    public void A_stranger_is_told_on_every_interface_once_and_the_bursts_go_on_as_before()
    {
        Reconcile([Eth0, Eth1], Plan("192.0.2.10"));
        Assert.Equal(2, Drained("eth0").Count);
        now += TimeSpan.FromMilliseconds(500);
        Hear("eth0", Frame.Announcing(Segment.IPv4, Segment.Client));
        // The answer to the announcement, and then the defence.
        Assert.Equal([Segment.Client, MacAddress.Broadcast, MacAddress.Broadcast], Drained("eth0").Select(f => MacAddress.FromBytes(f)));
        Assert.Equal(4, Drained("eth1").Count);
        Hear("eth0", Frame.Announcing(Segment.IPv4, Segment.Client));
        Assert.Single(Drained("eth0"));
        Assert.Equal([new(Segment.IPv4, Segment.Client, "eth0", null, ConflictOutcome.Defended, Conflicted)], ports.Report.Conflicts);
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
        Assert.Empty(network.Device("eth0").Sent);
        Assert.Equal([new(Segment.IPv4, UnreachableReason.Yielded)], ports.Report.Unreachable);
        Assert.Equal([new(Segment.IPv4, Segment.Fellow, "eth0", plan.Fellows[Segment.Fellow], ConflictOutcome.Yielded, Conflicted)], ports.Report.Conflicts);
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
        Assert.Empty(ports.Report.HandedOver);

        Hear("eth0", Frame.Announcing(Segment.IPv4, Segment.Fellow));
        Assert.Empty(network.Device("eth0").Sent);
        Assert.False(IsAnswered("eth0"));
        Assert.Equal([Segment.IPv4], ports.Report.HandedOver);
        Assert.Empty(ports.Report.Unreachable);
        Assert.Empty(network.Device("eth0").Listening);

        Reconcile([Eth0], plan);
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void What_was_heard_is_due_at_once_and_the_next_a_moment_later()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        Drained("eth0");
        Assert.True(ports.NextDue > now);
        foreach (TimeSpan wait in (TimeSpan[])[TimeSpan.Zero, Options.Claims.HearingInterval])
        {
            network.Device("eth0").Arrive(Frame.Announcing(Segment.IPv4, Segment.Client));
            capture.Reading.Single().Pump();
            Assert.InRange(ports.NextDue!.Value, TimeSpan.Zero, now + wait);
            if (wait == TimeSpan.Zero) ports.Act(now);
        }
        Assert.Equal(now + Options.Claims.HearingInterval, ports.NextDue);
    }

    /// <summary>As a bridge does it, or a switch that has learnt from us.</summary>
    [Fact]
    public void This_nodes_own_frames_are_no_conflict_whatever_interface_they_come_back_on()
    {
        Reconcile([Eth0, Eth1 with { Name = "docker0" }], Plan("192.0.2.10"));
        Hear("eth0", Frame.Announcing(Segment.IPv4, Eth1.Mac!.Value));
        Hear("eth0", Frame.Announcing(Segment.IPv4, Eth0.Mac!.Value));
        Assert.Empty(ports.Report.Conflicts);
    }

    [Fact]
    public void At_the_end_every_device_is_closed_those_that_wait_for_it_too()
    {
        Reconcile([Eth0, Eth1], Plan("192.0.2.10"));
        Reconcile([Eth0], Plan("192.0.2.10"));
        ports.Dispose();
        Assert.Equal(2, network.Opened.Count);
        Assert.All(network.Opened, o => Assert.True(o.Device.IsClosed));
    }

    public void Dispose()
    {
        ports.Dispose();
        metrics.Dispose();
        network.Dispose();
    }

    /// <summary>"ADDRESS" or "ADDRESS interface,interface".</summary>
    internal static Layer2Plan Plan(params string[] lines) => Layer2Plan.Empty with
    {
        Addresses = lines.Select(l => l.Split(' ')).ToImmutableSortedDictionary(w => IpAddress.Parse(w[0]), w => new Layer2Duty(w.Length == 1 ? [] : w[1].Split(',').ToValueArray())),
    };

    private static Layer2Plan Plan(Layer2Role role, params string[] lines) =>
        Layer2Plan.Empty with { Addresses = Plan(lines).Addresses.ToImmutableSortedDictionary(a => a.Key, a => a.Value with { Role = role }) };

    /// <summary>One fellow, of a node that goes before this one.</summary>
    private static ImmutableSortedDictionary<MacAddress, string> Fellows(string before) => ImmutableSortedDictionary<MacAddress, string>.Empty.Add(
        Segment.Fellow, Enumerable.Range(0, 100).Select(i => $"node-{i}").First(n => OwnerElection.Outranks(n, before, Segment.IPv4)));

    /// <summary>The frames arrive, and what follows from them is done.</summary>
    private void Hear(string name, params byte[][] frames)
    {
        now += Options.Claims.HearingInterval;
        network.Device(name).Arrive(frames);
        foreach (Port port in capture.Reading) port.Pump();
        ports.Act(now);
    }

    /// <summary>Does what is due meanwhile, each at its time.</summary>
    private void Pass(TimeSpan time)
    {
        TimeSpan until = now + time;
        for (; ports.NextDue <= until; ports.Act(now)) now = ports.NextDue > now ? ports.NextDue.Value : now;
        now = until;
    }

    private bool IsAnswered(string name)
    {
        FakeDevice device = network.Device(name);
        int before = device.Sent.Count;
        device.Arrive(Frame.Asking(Segment.IPv4));
        foreach (Port port in capture.Reading) port.Pump();
        bool answered = device.Sent.Count > before;
        while (device.Sent.Count > before) device.Sent.Take();
        return answered;
    }

    private void Reconcile(LinkState[] links, Layer2Plan plan)
    {
        (lastLinks, lastPlan) = (links, plan);
        ports.Reconcile(links, plan, now);
    }

    /// <summary>Whoever was away for so long asks whether somebody has taken the address over, and nobody has.</summary>
    private void AskInVain(string @interface)
    {
        for (int i = 0; i < Options.Claims.YieldChecks; i++)
        {
            Assert.Equal([default(IpAddress)], Drained(@interface).Select(f => Frame.Claim(f).Address));
            now += Options.Claims.YieldCheckInterval;
        }
    }

    private void AssertReplaced(FakeDevice old)
    {
        Assert.Equal(2, network.Opened.Count);
        Assert.NotSame(old, network.Opened[1].Device);
        capture.ReleaseAsked();
        Reconcile(lastLinks, lastPlan);
        Assert.True(old.IsClosed);
    }

    /// <summary>The addresses in the frames that are sent unasked now.</summary>
    private IEnumerable<IpAddress> Announcements(string name) => Drained(name).Select(f => Frame.Claim(f).Address);

    private IEnumerable<IpAddress> AnnouncementsLater(string name)
    {
        now += Options.BurstInterval;
        return Announcements(name);
    }

    private List<byte[]> Drained(string name)
    {
        ports.Act(now);
        List<byte[]> frames = [];
        while (network.Device(name).Sent.TryTake(out byte[]? frame)) frames.Add(frame);
        return frames;
    }
}
