using LbSpeaker.Core.Announcement;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Tests.Fakes;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Tests.Announcing;

/// <summary>What is answered and announced where, as the plan wants it.</summary>
public sealed class PortSetAnswersTests : PortSetFixture
{
    [Fact]
    public void An_address_is_answered_on_the_interfaces_that_it_is_wanted_on()
    {
        Reconcile([Eth0, Eth1], Plan("192.0.2.10", "192.0.2.11 eth1", "2001:db8::10 eth0,eth9"));
        Assert.Equal([Segment.IPv4, Segment.IPv6], Network.Device("eth0").Listening);
        Assert.Equal([Segment.IPv4, Segment.Address("192.0.2.11")], Network.Device("eth1").Listening);
        Assert.Empty(Ports.Report.Unreachable);
    }

    [Fact]
    public void An_address_that_moves_between_interfaces_is_withdrawn_before_it_is_answered()
    {
        Reconcile([Eth0, Eth1], Plan("192.0.2.10 eth0"));
        Announcements("eth0");
        (FakeDevice before, FakeDevice after) = (Network.Device("eth0"), Network.Device("eth1"));
        bool asked = false;
        after.OnListen = () =>
        {
            asked = true;
            before.Arrive(Frame.Asking(Segment.IPv4));
            foreach (Port port in Capture.Reading) port.Pump();
            Assert.Empty(before.Sent);
        };
        Reconcile([Eth0, Eth1], Plan("192.0.2.10 eth1"));
        Assert.True(asked);
        Ports.Act(Now);
        Assert.Empty(before.Sent);
        Assert.Equal(2, after.Sent.Count);
    }

    [Fact]
    public void A_withdrawn_address_is_announced_no_more()
    {
        Reconcile([Eth0], Plan("192.0.2.10", "192.0.2.11"));
        Announcements("eth0");
        Reconcile([Eth0], Plan("192.0.2.11"));
        Assert.Equal([Segment.Address("192.0.2.11")], Network.Device("eth0").Listening);
        Assert.Equal([Segment.Address("192.0.2.11"), Segment.Address("192.0.2.11")], AnnouncementsLater("eth0"));
        Reconcile([Eth0], Layer2Plan.Empty);
        Assert.Empty(Network.Device("eth0").Listening);
        Assert.Empty(AnnouncementsLater("eth0"));
        Assert.Null(Ports.NextDue);
    }

    [Fact]
    public void A_plan_that_changes_nothing_touches_no_device_and_starts_no_burst()
    {
        Reconcile([Eth0], Plan("192.0.2.10", "2001:db8::10"));
        Announcements("eth0");
        int listenings = Network.Device("eth0").Listenings;
        Reconcile([Eth0], Plan("192.0.2.10", "2001:db8::10"));
        Assert.Equal(listenings, Network.Device("eth0").Listenings);
        Assert.Empty(Announcements("eth0"));
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
        ], Ports.Report.Unreachable);
    }
}
