using System.Collections.Immutable;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2.Announcing;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;
using LbSpeaker.Layer2.Tests.Fakes;
using LbSpeaker.Linux.Links;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Layer2.Tests.Announcing;

/// <summary>What becomes of the interfaces in use when the plan or the links change: one thread, no clock.</summary>
public sealed class PortSetTests : IDisposable
{
    private static readonly Layer2Options Options = new();
    private static readonly DateTimeOffset Conflicted = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly FakeLinkLayer network = new();
    private readonly FakeCapture capture = new();
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
        ports = new PortSet(Options, time, network, capture, new Hearing(() => { }), metrics, schedule, new Claims(Options.Claims, Options.PaceWindow, new Random(7)));
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

    private void Reconcile(LinkState[] links, Layer2Plan plan)
    {
        (lastLinks, lastPlan) = (links, plan);
        ports.Reconcile(links, plan, now);
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
