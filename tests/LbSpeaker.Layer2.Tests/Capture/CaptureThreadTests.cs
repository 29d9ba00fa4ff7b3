using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;
using LbSpeaker.Layer2.Tests.Fakes;
using LbSpeaker.Linux.Links;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Layer2.Tests.Capture;

/// <summary>The thread that answers, on descriptors that are real and frames that are not.</summary>
public sealed class CaptureThreadTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeLinkLayer links = new();
    private readonly Layer2Metrics metrics = new(() => { });
    private readonly SemaphoreSlim changed = new(0);
    private readonly FakeTimeProvider clock = new();
    private readonly Standstills standstills;
    private readonly CaptureThread capture;
    private readonly List<Port> ports = [];

    public CaptureThreadTests()
    {
        standstills = new Standstills(clock, new ClaimOptions().Absence);
        capture = new CaptureThread(links, standstills, () => changed.Release());
    }

    [Fact]
    public void A_request_is_answered()
    {
        (_, FakeDevice device) = Open(2);
        device.Arrive(Frame.Asking(Segment.IPv4));
        Assert.Equal((Segment.IPv4, Segment.Own), Frame.Claim(Take(device)));
    }

    [Fact]
    public void A_flooded_interface_keeps_neither_another_one_nor_word_of_the_links_waiting()
    {
        (_, FakeDevice flooded) = Open(2);
        (_, FakeDevice quiet) = Open(3);
        flooded.Drown(Frame.Unanswered);
        for (int i = 0; i < 10; i++)
        {
            quiet.Arrive(Frame.Asking(Segment.IPv4));
            Take(quiet);
            links.Set(FakeLinkLayer.Fit(9, "eth9"));
            Assert.True(changed.Wait(Patience));
        }
    }

    [Fact]
    public void That_the_process_stood_still_is_told_although_no_frame_comes()
    {
        (Port port, _) = Open(2);
        Assert.True(port.IsSettled);
        clock.Advance(TimeSpan.FromMilliseconds(251));
        Assert.True(changed.Wait(Patience));
        Assert.False(port.IsSettled);
    }

    [Fact]
    public void A_port_is_given_back_once_and_no_longer_read()
    {
        (Port port, FakeDevice device) = Open(2);
        capture.Close(port);
        capture.Close(port);
        Assert.Same(port, TakeReleased());
        device.Arrive(Frame.Asking(Segment.IPv4));
        (_, FakeDevice other) = Open(3);
        other.Arrive(Frame.Asking(Segment.IPv4));
        Take(other);
        Assert.Empty(device.Sent);
        Assert.False(capture.TryTakeReleased(out _));
    }

    [Fact]
    public void A_port_whose_device_died_is_given_back_unasked()
    {
        (Port port, FakeDevice device) = Open(2);
        device.Die();
        Assert.Same(port, TakeReleased());
    }

    [Fact]
    public void A_failure_of_the_thread_is_thrown_where_it_is_owned()
    {
        links.DrainFault = "netlink is gone";
        links.Set(FakeLinkLayer.Fit(9, "eth9"));
        Assert.True(changed.Wait(Patience));
        Assert.Equal("netlink is gone", Assert.Throws<InvalidOperationException>(capture.ThrowIfFailed).InnerException!.Message);
    }

    public void Dispose()
    {
        capture.Dispose();
        foreach (Port port in ports) port.Dispose();
        metrics.Dispose();
        links.Dispose();
        changed.Dispose();
    }

    private (Port Port, FakeDevice Device) Open(int index)
    {
        FakeDevice device = new();
        LinkState link = FakeLinkLayer.Fit(index, $"eth{index}");
        Port port = new(link, link.Mac!.Value, device, metrics, new Hearing(() => { }), standstills, new FrameTrace(new TraceBuffer(), TimeProvider.System));
        port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress>());
        ports.Add(port);
        capture.Open(port);
        return (port, device);
    }

    private Port TakeReleased()
    {
        Port? port;
        while (!capture.TryTakeReleased(out port)) Assert.True(changed.Wait(Patience), "the port is not given back");
        return port;
    }

    private static byte[] Take(FakeDevice device) => device.Sent.TryTake(out byte[]? frame, Patience) ? frame : throw new TimeoutException("no answer");
}
