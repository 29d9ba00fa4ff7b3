using LbSpeaker.Core.Announcement;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Tests.Fakes;

namespace LbSpeaker.Layer2.Tests.Announcing;

/// <summary>How devices are opened, kept and closed, and what happens when one cannot be.</summary>
public sealed class PortSetDevicesTests : PortSetFixture
{
    [Fact]
    public void A_device_is_closed_only_when_nobody_reads_it_and_is_silent_from_the_first()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        (Port port, FakeDevice device) = (Capture.Reading.Single(), Network.Device("eth0"));
        Reconcile([], Plan("192.0.2.10"));
        Assert.False(device.IsClosed);
        device.Arrive(Frame.Asking(Segment.IPv4));
        port.Pump();
        Assert.Empty(device.Sent);
        Capture.ReleaseAsked();
        Reconcile([], Plan("192.0.2.10"));
        Assert.True(device.IsClosed);
    }

    [Fact]
    public void An_interface_that_cannot_be_opened_is_reported_and_tried_again_after_a_while()
    {
        Network.OpenFault = "interface eth0 cannot be opened: no memory";
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal([Network.OpenFault], Ports.Report.Interfaces.Select(i => i.Fault));
        Assert.Equal([new(Segment.IPv4, UnreachableReason.InterfaceFault)], Ports.Report.Unreachable);
        Assert.Equal(Now + Options.RetryInterval, Ports.RetryAt);

        Network.OpenFault = null;
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Empty(Network.Opened);
        Now += Options.RetryInterval;
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
        Assert.Equal([null], Ports.Report.Interfaces.Select(i => i.Fault));
        Assert.Null(Ports.RetryAt);
    }

    [Fact]
    public void What_cannot_be_listened_for_in_full_is_reported_and_tried_again()
    {
        Reconcile([Eth0], Layer2Plan.Empty);
        FakeDevice device = Network.Device("eth0");
        device.ListenFault = "cannot join the multicast group";
        Reconcile([Eth0], Plan("2001:db8::10"));
        Assert.Equal([device.ListenFault], Ports.Report.Interfaces.Select(i => i.Fault));
        Assert.Equal(Now + Options.RetryInterval, Ports.RetryAt);
        device.ListenFault = null;
        Reconcile([Eth0], Plan("2001:db8::10"));
        Assert.Equal([null], Ports.Report.Interfaces.Select(i => i.Fault));
        Assert.Null(Ports.RetryAt);
    }

    /// <summary>A device that dies each time it is opened must not keep the machine busy.</summary>
    [Fact]
    public void A_device_that_died_is_closed_and_opened_again_after_a_while()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        FakeDevice old = Network.Device("eth0");
        Capture.Release(Capture.Reading.Single());
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.True(old.IsClosed);
        Assert.Single(Network.Opened);
        Assert.Equal(["interface eth0 can no longer be read"], Ports.Report.Interfaces.Select(i => i.Fault));
        Now += Options.RetryInterval;
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal(2, Network.Opened.Count);
        AskInVain("eth0");
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void A_device_that_died_while_its_interface_went_is_used_at_once_when_that_is_back()
    {
        Reconcile([Eth0], Plan("192.0.2.10"));
        Capture.Release(Capture.Reading.Single());
        Reconcile([Eth0 with { IsUp = false }], Plan("192.0.2.10"));
        Reconcile([Eth0], Plan("192.0.2.10"));
        Assert.Equal([Segment.IPv4, Segment.IPv4], Announcements("eth0"));
    }

    [Fact]
    public void At_the_end_every_device_is_closed_those_that_wait_for_it_too()
    {
        Reconcile([Eth0, Eth1], Plan("192.0.2.10"));
        Reconcile([Eth0], Plan("192.0.2.10"));
        Ports.Dispose();
        Assert.Equal(2, Network.Opened.Count);
        Assert.All(Network.Opened, o => Assert.True(o.Device.IsClosed));
    }
}
