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
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Layer2.Tests.Announcing;

/// <summary>The interfaces in use on a network that is only imagined: one thread, and a clock that moves when a test says so.</summary>
public abstract class PortSetFixture : IDisposable
{
    private protected static readonly Layer2Options Options = new();
    private protected static readonly DateTimeOffset Conflicted = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private protected static readonly LinkState Eth0 = FakeLinkLayer.Fit(2, "eth0"), Eth1 = FakeLinkLayer.Fit(3, "eth1", "02:00:00:00:00:02");

    private LinkState[] lastLinks = [];
    private Layer2Plan lastPlan = Layer2Plan.Empty;

    private protected PortSetFixture()
    {
        Metrics = new Layer2Metrics(() => Ports!.CountDrops());
        Ports = new PortSet(
            Options, new FakeTimeProvider(Conflicted), Network, Capture, new Hearing(() => { }), new Standstills(Process, Options.Claims.Absence), Metrics, new BurstSchedule(Options, new Random(7)), new Claims(Options.Claims, Options.PaceWindow, new Random(7)), Trace);
    }

    private protected FakeLinkLayer Network { get; } = new();

    private protected TraceBuffer Trace { get; } = new();

    private protected FakeCapture Capture { get; } = new();

    /// <summary>Goes only while the process stands still.</summary>
    private protected FakeTimeProvider Process { get; } = new();

    private protected Layer2Metrics Metrics { get; }

    private protected PortSet Ports { get; }

    private protected TimeSpan Now { get; set; } = TimeSpan.FromMinutes(1);

    public void Dispose()
    {
        Ports.Dispose();
        Metrics.Dispose();
        Network.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>"ADDRESS" or "ADDRESS interface,interface".</summary>
    internal static Layer2Plan Plan(params string[] lines) => Layer2Plan.Empty with
    {
        Addresses = lines.Select(l => l.Split(' ')).ToImmutableSortedDictionary(w => IpAddress.Parse(w[0]), w => new Layer2Duty(w.Length == 1 ? [] : w[1].Split(',').ToValueArray())),
    };

    private protected static Layer2Plan Plan(Layer2Role role, params string[] lines) =>
        Layer2Plan.Empty with { Addresses = Plan(lines).Addresses.ToImmutableSortedDictionary(a => a.Key, a => a.Value with { Role = role }) };

    /// <summary>One fellow, of a node that goes before this one.</summary>
    private protected static ImmutableSortedDictionary<MacAddress, string> Fellows(string before) => ImmutableSortedDictionary<MacAddress, string>.Empty.Add(
        Segment.Fellow, Enumerable.Range(0, 100).Select(i => $"node-{i}").First(n => OwnerElection.Outranks(n, before, Segment.IPv4)));

    /// <summary>The frames arrive, and what follows from them is done.</summary>
    private protected void Hear(string name, params byte[][] frames)
    {
        Now += Options.Claims.HearingInterval;
        Network.Device(name).Arrive(frames);
        foreach (Port port in Capture.Reading) port.Pump();
        Ports.Act(Now);
    }

    /// <summary>Does what is due meanwhile, each at its time.</summary>
    private protected void Pass(TimeSpan time)
    {
        TimeSpan until = Now + time;
        for (; Ports.NextDue <= until; Ports.Act(Now)) Now = Ports.NextDue > Now ? Ports.NextDue.Value : Now;
        Now = until;
    }

    private protected bool IsAnswered(string name)
    {
        FakeDevice device = Network.Device(name);
        int before = device.Sent.Count;
        device.Arrive(Frame.Asking(Segment.IPv4));
        foreach (Port port in Capture.Reading) port.Pump();
        bool answered = device.Sent.Count > before;
        while (device.Sent.Count > before) device.Sent.Take();
        return answered;
    }

    private protected void Reconcile(LinkState[] links, Layer2Plan plan)
    {
        (lastLinks, lastPlan) = (links, plan);
        Ports.Reconcile(links, plan, Now);
    }

    /// <summary>Whoever was away for so long asks whether somebody has taken the address over, and nobody has.</summary>
    private protected void AskInVain(string @interface)
    {
        for (int i = 0; i < Options.Claims.Probes; i++)
        {
            Assert.Equal([default(IpAddress)], Drained(@interface).Select(f => Frame.Claim(f).Address));
            Now += Options.Claims.ProbeInterval;
        }
    }

    private protected void AssertReplaced(FakeDevice old)
    {
        Assert.Equal(2, Network.Opened.Count);
        Assert.NotSame(old, Network.Opened[1].Device);
        Capture.ReleaseAsked();
        Reconcile(lastLinks, lastPlan);
        Assert.True(old.IsClosed);
    }

    /// <summary>The addresses in the frames that are sent unasked now.</summary>
    private protected IEnumerable<IpAddress> Announcements(string name) => Drained(name).Select(f => Frame.Claim(f).Address);

    private protected IEnumerable<IpAddress> AnnouncementsLater(string name)
    {
        Now += Options.BurstInterval;
        return Announcements(name);
    }

    private protected List<byte[]> Drained(string name)
    {
        Ports.Act(Now);
        List<byte[]> frames = [];
        while (Network.Device(name).Sent.TryTake(out byte[]? frame)) frames.Add(frame);
        return frames;
    }
}
