using System.Diagnostics;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;
using LbSpeaker.Layer2.Tests.Fakes;
using LbSpeaker.Linux;
using LbSpeaker.Testing.Frames;
using LbSpeaker.Testing.Observability;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Layer2.Tests.Capture;

public sealed class PortTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly Standstills standstills;
    private readonly Layer2Metrics metrics;
    private readonly List<Port> ports = [];
    private readonly TraceBuffer trace = new();

    public PortTests()
    {
        standstills = new Standstills(clock, new ClaimOptions().Absence);
        metrics = new Layer2Metrics(() => ports.ForEach(p => p.CountDrops()));
    }

    [Fact]
    public void A_request_is_counted_and_answered()
    {
        (Port port, FakeDevice device) = Open();
        port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress> { Segment.IPv4Elsewhere });
        device.Arrive(Frame.Asking(Segment.IPv4), Frame.Asking(Segment.IPv4Elsewhere), Frame.Unanswered);
        Assert.True(port.Pump());
        Assert.Equal((Segment.IPv4, Segment.Own), Frame.Claim(Assert.Single(device.Sent)));

        Dictionary<string, long> samples = RecordedMetrics.Read(metrics.Meter);
        Assert.Equal(1, samples["metallb_layer2_requests_received{ip=192.0.2.10}"]);
        Assert.Equal(1, samples["metallb_layer2_responses_sent{ip=192.0.2.10}"]);
        Assert.Equal(0, samples["metallb_layer2_gratuitous_sent{ip=192.0.2.10}"]);
        Assert.Equal(1, samples["lbspeaker_layer2_ignored_total{reason=NotOnThisInterface}"]);
        Assert.Equal(1, samples["lbspeaker_layer2_ignored_total{reason=NotRequest}"]);
    }

    [Theory]
    [InlineData(250, 1)]
    [InlineData(251, 0)]
    public void A_request_that_waited_while_the_process_stood_still_is_not_answered(int milliseconds, int answers)
    {
        (Port port, FakeDevice device) = Open();
        port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress>());
        device.Waited = TimeSpan.FromMilliseconds(milliseconds);
        device.Arrive(Frame.Asking(Segment.IPv4));
        Assert.True(port.Pump());
        Assert.Equal(answers, device.Sent.Count);
        Assert.Equal(1 - answers, RecordedMetrics.Read(metrics.Meter)["lbspeaker_layer2_ignored_total{reason=Late}"]);
    }

    [Theory]
    [InlineData(250, 1)]
    [InlineData(251, 0)]
    public void What_was_decided_before_the_process_stood_still_is_neither_answered_nor_announced(int milliseconds, int frames)
    {
        (Port port, FakeDevice device) = Open();
        port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress>());
        clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        device.Arrive(Frame.Asking(Segment.IPv4));
        Assert.True(port.Pump());
        Assert.Equal(frames, device.Sent.Count);
        port.Announce(Segment.IPv4);
        Assert.Equal(3 * frames, device.Sent.Count);

        port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress>(), new HashSet<IpAddress>(), new HashSet<IpAddress>(), KnownHosts.None, standstills.Look());
        device.Arrive(Frame.Asking(Segment.IPv4));
        Assert.True(port.Pump());
        Assert.Equal(3 * frames + 1, device.Sent.Count);
    }

    [Fact]
    public void What_was_asked_and_sent_is_kept_with_what_came_of_it()
    {
        (Port port, FakeDevice device) = Open();
        port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress> { Segment.IPv4Elsewhere });
        device.Arrive(Frame.Asking(Segment.IPv4), Frame.Asking(Segment.IPv4Elsewhere), Frame.Unanswered);
        Assert.True(port.Pump());
        device.Outcome = SendOutcome.LinkDown;
        device.Arrive(Frame.Asking(Segment.IPv4));
        Assert.True(port.Pump());
        Assert.Equal(
        [
            "In Answered  ARP who-has 192.0.2.10 from 192.0.2.100 (02:00:00:00:00:c1)",
            "Out Sent  ARP reply 192.0.2.10 is-at 02:00:00:00:00:01 to 192.0.2.100",
            "In NotAnswered NotOnThisInterface ARP who-has 192.0.2.20 from 192.0.2.100 (02:00:00:00:00:c1)",
            "In NotAnswered LinkDown ARP who-has 192.0.2.10 from 192.0.2.100 (02:00:00:00:00:c1)",
            "Out NotSent LinkDown ARP reply 192.0.2.10 is-at 02:00:00:00:00:01 to 192.0.2.100",
        ], trace.Read(0).Records.Select(r => $"{r.Direction} {r.Outcome} {r.Reason} {FrameText.Of(r.Octets.AsSpan()).Words}"));
    }

    /// <summary>What a flood of requests costs must be system calls alone.</summary>
    [Theory]
    [InlineData("Arp/request")]
    [InlineData("Arp/request-priority-tagged")]
    [InlineData("Arp/target-elsewhere")]
    [InlineData("Arp/announcement-by-other")]
    [InlineData("Arp/reply-gratuitous")]
    [InlineData("Ndp/solicitation")]
    [InlineData("Ndp/dad")]
    [InlineData("Ndp/bad-checksum")]
    [InlineData("Ndp/target-foreign")]
    [InlineData("Ndp/advertisement")]
    public void Answering_and_hearing_allocate_nothing(string name)
    {
        FrameCase @case = FrameCase.ReadAll(name.Split('/')[0]).Single(c => c.Name == name);
        RepeatingDevice device = new(@case.Frame);
        using Port port = new(FakeLinkLayer.Fit(2, "eth0"), Segment.Own, device, metrics, new Hearing(() => { }), standstills, new FrameTrace(trace, TimeProvider.System));
        port.Set(new HashSet<IpAddress> { Segment.IPv4, Segment.IPv6 }, new HashSet<IpAddress> { Segment.IPv4Elsewhere });
        for (int i = 0; i < 50; i++) port.Pump();

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (long end = device.Reads + 10_000; device.Reads < end;) port.Pump();
        }));
        Assert.Equal(@case.Reply is null ? 0 : device.Reads, device.Sends);
    }

    [Fact]
    public void One_turn_reads_a_bounded_part_of_what_waits()
    {
        (Port port, FakeDevice device) = Open();
        port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress>());
        device.Arrive(Enumerable.Repeat(Frame.Asking(Segment.IPv4), 1_000));
        Assert.True(port.Pump());
        Assert.InRange(device.Sent.Count, 1, 100);
        for (int turn = 0; turn < 20; turn++) port.Pump();
        Assert.Equal(1_000, device.Sent.Count);
    }

    [Theory]
    [InlineData(SendOutcome.QueueFull)]
    [InlineData(SendOutcome.LinkDown)]
    [InlineData(SendOutcome.Refused)]
    public void What_cannot_be_sent_is_counted_by_its_cause_and_the_next_is_tried(SendOutcome outcome)
    {
        (Port port, FakeDevice device) = Open();
        port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress>());
        device.Outcome = outcome;
        device.Arrive(Frame.Asking(Segment.IPv4));
        Assert.True(port.Pump());
        port.Announce(Segment.IPv4);
        device.Outcome = SendOutcome.Sent;
        device.Arrive(Frame.Asking(Segment.IPv4));
        Assert.True(port.Pump());

        Dictionary<string, long> samples = RecordedMetrics.Read(metrics.Meter);
        Assert.Equal(2, samples["metallb_layer2_requests_received{ip=192.0.2.10}"]);
        Assert.Equal(1, samples["metallb_layer2_responses_sent{ip=192.0.2.10}"]);
        Assert.Equal(0, samples["metallb_layer2_gratuitous_sent{ip=192.0.2.10}"]);
        Assert.Equal(3, samples[$"lbspeaker_layer2_send_failures_total{{interface=eth0,cause={outcome}}}"]);
    }

    [Fact]
    public void Counters_go_on_when_an_address_leaves_and_comes_back_and_when_its_interface_is_opened_anew()
    {
        for (int round = 1; round <= 3; round++)
        {
            (Port port, FakeDevice device) = Open();
            port.Set(new HashSet<IpAddress> { Segment.IPv4 }, new HashSet<IpAddress>());
            device.Arrive(Frame.Asking(Segment.IPv4));
            port.Pump();
            port.Announce(Segment.IPv4);
            device.Dropped = 5;
            Dictionary<string, long> samples = RecordedMetrics.Read(metrics.Meter);
            device.Dropped = 7;
            port.Set(new HashSet<IpAddress>(), new HashSet<IpAddress>());
            port.Dispose();
            Assert.Equal(round, samples["metallb_layer2_requests_received{ip=192.0.2.10}"]);
            Assert.Equal(2 * round, samples["metallb_layer2_gratuitous_sent{ip=192.0.2.10}"]);
            Assert.Equal(7 * (round - 1) + 5, samples["lbspeaker_layer2_capture_drops_total{interface=eth0}"]);
            Assert.Equal(7 * round, RecordedMetrics.Read(metrics.Meter)["lbspeaker_layer2_capture_drops_total{interface=eth0}"]);
        }
    }

    [Fact]
    public void What_is_withdrawn_is_silent_at_once_and_the_rest_goes_on()
    {
        (Port port, FakeDevice device) = Open();
        IpAddress other = Segment.Address("192.0.2.11");
        port.Set(new HashSet<IpAddress> { Segment.IPv4, other }, new HashSet<IpAddress>());
        port.Withdraw(new HashSet<IpAddress> { other });
        device.Arrive(Frame.Asking(Segment.IPv4), Frame.Asking(other));
        port.Pump();
        Assert.Equal(other, Frame.Claim(Assert.Single(device.Sent)).Address);
    }

    /// <summary>Whoever asks right after the kernel let the request through gets an answer: the filter widens before, and narrows after.</summary>
    [Fact]
    public void A_change_of_what_is_answered_loses_none_of_what_stays()
    {
        (Port port, FakeDevice device) = Open();
        IpAddress stays = Segment.IPv4, comes = Segment.Address("192.0.2.11"), goes = Segment.Address("192.0.2.12");
        port.Set(new HashSet<IpAddress> { stays, goes }, new HashSet<IpAddress>());
        device.OnListen = () =>
        {
            device.Arrive(Frame.Asking(stays));
            port.Pump();
        };
        port.Set(new HashSet<IpAddress> { stays, comes }, new HashSet<IpAddress>());
        Assert.Equal(stays, Frame.Claim(Assert.Single(device.Sent)).Address);
        Assert.Equal([stays, comes], device.Listening);
    }

    [Fact]
    public void A_device_that_died_says_so()
    {
        (Port port, FakeDevice device) = Open();
        device.Die();
        Assert.False(port.Pump());
    }

    public void Dispose()
    {
        foreach (Port port in ports) port.Dispose();
        metrics.Dispose();
    }

    private (Port Port, FakeDevice Device) Open()
    {
        FakeDevice device = new();
        Port port = new(FakeLinkLayer.Fit(2, "eth0"), Segment.Own, device, metrics, new Hearing(() => { }), standstills, new FrameTrace(trace, TimeProvider.System));
        ports.Add(port);
        return (port, device);
    }

    /// <summary>The same frame for ever, without anything of its own that allocates.</summary>
    private sealed class RepeatingDevice(byte[] frame) : IPacketDevice
    {
        public long Reads { get; private set; }

        public long Sends { get; private set; }

        public int Descriptor => throw new UnreachableException();

        public long Dropped => 0;

        public TimeSpan Waited => TimeSpan.Zero;

        public bool TryRead(out ReadOnlySpan<byte> read)
        {
            Reads++;
            read = frame;
            return true;
        }

        public SendOutcome Send(ReadOnlySpan<byte> sent)
        {
            Sends++;
            return SendOutcome.Sent;
        }

        public string? Listen(IReadOnlyCollection<IpAddress> addresses) => null;

        public void Dispose() { }
    }
}
