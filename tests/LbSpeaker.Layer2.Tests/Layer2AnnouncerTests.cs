using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Tests.Announcing;
using LbSpeaker.Layer2.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Layer2.Tests;

/// <summary>The announcer as a whole, with its two threads: only the network and the clock are not real.</summary>
public sealed class Layer2AnnouncerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Layer2Plan Plan = PortSetFixture.Plan("192.0.2.10");

    private readonly FakeLinkLayer network = new();
    private readonly FakeTimeProvider time = new();
    private readonly Layer2Announcer announcer;
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim reported = new(0);

    public Layer2AnnouncerTests()
    {
        announcer = new Layer2Announcer(new Layer2Options(), time, new Random(7), new TraceBuffer(), network, new FakeTimeProvider());
        announcer.ReportChanged += _ => reported.Release();
    }

    [Fact]
    public async Task From_the_plan_to_the_answer_and_back_to_silence()
    {
        network.Set(FakeLinkLayer.Fit(2, "eth0"));
        Task running = announcer.RunAsync(stop.Token);
        announcer.SetDesired(Plan);
        Until(() => announcer.Report.Interfaces.Count == 1);
        FakeDevice device = network.Device("eth0");
        Assert.Equal((Segment.IPv4, Segment.Own), Frame.Claim(Take(device)));
        Take(device);
        device.Arrive(Frame.Asking(Segment.IPv4));
        Assert.Equal((Segment.IPv4, Segment.Own), Frame.Claim(Take(device)));

        await stop.CancelAsync();
        await running.WaitAsync(Patience);
        Assert.True(device.IsClosed);
        Assert.Equal(Layer2Report.Empty, announcer.Report);
    }

    [Fact]
    public void The_burst_follows_the_clock()
    {
        network.Set(FakeLinkLayer.Fit(2, "eth0"));
        announcer.SetDesired(Plan);
        _ = announcer.RunAsync(stop.Token);
        Until(() => announcer.Report.Interfaces.Count == 1);
        FakeDevice device = network.Device("eth0");
        // The clock goes on in steps while the threads follow as they can, a step late now and then: up to five rounds of two frames, then nothing for half a minute.
        Assert.Contains(Enumerable.Range(0, 40).Sum(_ => Step(device, TimeSpan.FromMilliseconds(550))), (int[])[6, 8, 10]);
    }

    [Fact]
    public void A_plan_is_taken_at_once_whatever_the_announcer_is_busy_with()
    {
        using ManualResetEventSlim opening = new(), go = new();
        network.OnOpen = () =>
        {
            opening.Set();
            go.Wait(Patience);
        };
        network.Set(FakeLinkLayer.Fit(2, "eth0"));
        _ = announcer.RunAsync(stop.Token);
        Assert.True(opening.Wait(Patience));
        // None of these waits for the interface that is being opened, and only the last one matters.
        for (int i = 0; i < 10_000; i++) announcer.SetDesired(PortSetFixture.Plan($"192.0.2.{i % 200}"));
        announcer.SetDesired(Plan);
        go.Set();
        FakeDevice device = WaitFor("eth0", d => d.Listening.SequenceEqual([Segment.IPv4]));
        Assert.InRange(device.Listenings, 1, 2);
    }

    [Fact]
    public void Word_of_a_new_link_is_followed_without_waiting_for_the_next_look()
    {
        announcer.SetDesired(Plan);
        _ = announcer.RunAsync(stop.Token);
        Until(() => announcer.Report.Unreachable is [{ Reason: UnreachableReason.NoInterface }]);
        network.Set(FakeLinkLayer.Fit(2, "eth0"));
        Until(() => announcer.Report.Unreachable.IsEmpty);
        network.Remove(2);
        Until(() => announcer.Report is { Interfaces.IsEmpty: true, Unreachable: [{ Reason: UnreachableReason.NoInterface }] });
    }

    [Fact]
    public void Who_else_has_an_address_is_reported_as_soon_as_he_is_heard()
    {
        network.Set(FakeLinkLayer.Fit(2, "eth0"));
        announcer.SetDesired(Plan);
        _ = announcer.RunAsync(stop.Token);
        FakeDevice device = WaitFor("eth0", d => d.Listening.SequenceEqual([Segment.IPv4]));
        Until(() => announcer.Report.Interfaces.Count == 1);
        device.Arrive(Frame.Announcing(Segment.IPv4, Segment.Client));
        Until(() => announcer.Report.Conflicts is [{ Interface: "eth0" }]);
    }

    [Fact]
    public void A_device_that_died_is_opened_again_when_the_clock_says_so()
    {
        network.Set(FakeLinkLayer.Fit(2, "eth0"));
        _ = announcer.RunAsync(stop.Token);
        Until(() => announcer.Report.Interfaces.Count == 1);
        network.Device("eth0").Die();
        Until(() => announcer.Report.Interfaces is [{ Fault: not null }]);
        for (int i = 0; i < 100 && announcer.Report.Interfaces is not [{ Fault: null }]; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            reported.Wait(TimeSpan.FromMilliseconds(100));
        }
        Assert.Equal(2, network.Opened.Count);
        Assert.True(network.Opened[0].Device.IsClosed);
    }

    [Fact]
    public async Task What_keeps_Layer_2_from_working_at_all_ends_the_run_with_its_message()
    {
        network.StartFault = "the capability NET_RAW is missing";
        Assert.Equal(network.StartFault, (await Assert.ThrowsAsync<Layer2StartException>(() => announcer.RunAsync(stop.Token))).Message);
    }

    [Fact]
    public async Task A_failure_ends_the_run_and_closes_what_was_open()
    {
        network.Set(FakeLinkLayer.Fit(2, "eth0"));
        Task running = announcer.RunAsync(stop.Token);
        Until(() => announcer.Report.Interfaces.Count == 1);
        FakeDevice device = network.Device("eth0");
        network.ReadFault = "the kernel does not list the interfaces";
        network.Set(FakeLinkLayer.Fit(3, "eth1"));
        Assert.Equal(network.ReadFault, (await Assert.ThrowsAsync<IOException>(() => running.WaitAsync(Patience))).Message);
        Assert.True(device.IsClosed);
    }

    public void Dispose()
    {
        stop.Cancel();
        announcer.Dispose();
        stop.Dispose();
        reported.Dispose();
    }

    /// <summary>Waits for reports until one is as wanted.</summary>
    private void Until(Func<bool> condition)
    {
        while (!condition()) Assert.True(reported.Wait(Patience), $"the report stays {announcer.Report}");
    }

    private FakeDevice WaitFor(string name, Predicate<FakeDevice> condition)
    {
        Assert.True(SpinWait.SpinUntil(() => network.Opened.Any(o => o.Link.Name == name && condition(o.Device)), Patience));
        return network.Device(name);
    }

    private int Step(FakeDevice device, TimeSpan step)
    {
        time.Advance(step);
        int taken = 0;
        while (device.Sent.TryTake(out _, TimeSpan.FromMilliseconds(20))) taken++;
        return taken;
    }

    private static byte[] Take(FakeDevice device) => device.Sent.TryTake(out byte[]? frame, Patience) ? frame : throw new TimeoutException("nothing is sent");
}
