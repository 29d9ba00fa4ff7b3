using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Tests.Fakes;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Tests.Announcing;

/// <summary>What becomes of the interfaces in use when the links change.</summary>
public sealed class PortSetInterfacesTests : PortSetFixture
{
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
        Assert.True(Network.Opened.Count == 0, why);
        Assert.Empty(Ports.Report.Interfaces);

        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal([Segment.IPv4], Network.Device("eth0").Listening);
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void A_link_local_address_that_appears_late_brings_the_IPv6_addresses_and_their_burst()
    {
        Layer2Plan plan = Plan("192.0.2.10", "2001:db8::10");
        Reconcile([Eth0 with { LinkLocal = null }], plan);
        Assert.Equal([Segment.IPv4], Network.Device("eth0").Listening);
        Announcements("eth0");
        Assert.Equal([new(Segment.IPv6, UnreachableReason.FamilyMissing)], Ports.Report.Unreachable);

        Reconcile([Eth0], plan);
        Assert.Equal([Segment.IPv4, Segment.IPv6], Network.Device("eth0").Listening);
        Assert.Equal([Segment.IPv6], Announcements("eth0"));
        Assert.Empty(Ports.Report.Unreachable);
        Assert.Single(Network.Opened);
    }

    [Fact]
    public void A_link_local_address_that_goes_takes_the_IPv6_addresses_with_it()
    {
        Layer2Plan plan = Plan("192.0.2.10", "2001:db8::10");
        Reconcile([Eth0], plan);
        Announcements("eth0");
        Reconcile([Eth0 with { LinkLocal = null }], plan);
        Assert.Equal([Segment.IPv4], Network.Device("eth0").Listening);
        Assert.Equal([Segment.IPv4, Segment.IPv4], AnnouncementsLater("eth0"));
    }

    [Fact]
    public void A_new_hardware_address_is_announced_and_answered_with()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        FakeDevice old = Network.Device("eth0");
        MacAddress mac = Segment.Mac("02:00:00:00:00:99");
        Reconcile([Eth0 with { Mac = mac }], Plan("192.0.2.10"));
        AssertReplaced(old);
        Assert.All(Drained("eth0"), f => Assert.Equal((Segment.IPv4, mac), Frame.Claim(f)));
        Assert.Equal([mac], Ports.Report.Interfaces.Select(i => i.Mac));
    }

    [Fact]
    public void A_renamed_interface_answers_for_what_is_wanted_on_its_new_name()
    {
        Layer2Plan plan = Plan("192.0.2.10 eth0", "192.0.2.11 uplink");
        Reconcile([Eth0], plan);
        FakeDevice old = Network.Device("eth0");
        Assert.Equal([new(Segment.Address("192.0.2.11"), UnreachableReason.NoInterface)], Ports.Report.Unreachable);

        Reconcile([Eth0 with { Name = "uplink" }], plan);
        AssertReplaced(old);
        Assert.Equal([Segment.Address("192.0.2.11")], Network.Device("uplink").Listening);
        Assert.Equal(["uplink"], Ports.Report.Interfaces.Select(i => i.Name));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.NoInterface)], Ports.Report.Unreachable);
    }

    [Fact]
    public void An_interface_that_goes_down_and_comes_up_sends_its_burst_again()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        FakeDevice old = Network.Device("eth0");
        Announcements("eth0");
        Reconcile([Eth0 with { IsUp = false }], Plan("192.0.2.10"));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.InterfaceDown)], Ports.Report.Unreachable);
        Now += TimeSpan.FromMinutes(10);
        Ports.Act(Now);
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
        Assert.Single(Network.Opened);
    }

    [Fact]
    public void An_interface_of_the_same_name_and_another_index_is_another_one()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        FakeDevice old = Network.Device("eth0");
        Reconcile([Eth0 with { Index = 7 }], Plan("192.0.2.10"));
        AssertReplaced(old);
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }
}
