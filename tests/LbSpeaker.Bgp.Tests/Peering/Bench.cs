using System.Collections.Immutable;
using LbSpeaker.Bgp.Peering;
using LbSpeaker.Bgp.Peering.Unnumbered;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Bgp.Wire;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Bgp.Tests.Peering;

/// <summary>An announcer on a clock that the test moves, and a network that the test plays.</summary>
internal sealed class Bench : IAsyncDisposable, INeighborWatch
{
    /// <summary>For what must happen without the clock being moved.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static readonly BgpPeerSettings Peer = new("tor") { LocalAs = 65000, PeerAs = new(PeerAsKind.Number, 65001), Address = FakeWire.Router };

    /// <summary>The wall clock can be set, time itself only goes on.</summary>
    private sealed class Clock(TimeProvider time) : TimeProvider
    {
        public TimeSpan Error { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Error;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
    }

    private readonly Clock clock;
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim changes = new(0);
    private readonly TaskCompletionSource<Action<Neighbor?, string?>> meet = new();
    private Task? work;
    private bool isStopped;

    public Bench()
    {
        clock = new(Time);
        Announcer = new(new BgpOptions("node1"), clock, new Random(1), network: Network, neighbors: this, trace: Trace);
        Announcer.ReportChanged += report =>
        {
            lock (Reports) Reports.Add(report);
            changes.Release();
        };
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeNetwork Network { get; } = new();

    public TraceBuffer Trace { get; } = new();

    public BgpAnnouncer Announcer { get; }

    public List<BgpReport> Reports { get; } = [];

    public BgpPeerReport Report => Announcer.Report.Peers["tor"];

    public static BgpRouteSet Routes(int count) => BgpRouteSet.Of(Enumerable.Range(0, count).Select(i => new BgpRoute(IpPrefix.Host(IpAddress.FromIPv4(0x0A000000 + (uint)i)), BgpRouteAttributes.Plain)));

    public static BgpPlan Plan(BgpRouteSet routes, params BgpPeerSettings[] peers) => new(peers.ToImmutableSortedDictionary(p => p.Name, p => new BgpPeerPlan(p, routes), StringComparer.Ordinal));

    public Bench Start(BgpPeerSettings? peer = null, BgpRouteSet? routes = null)
    {
        Announcer.SetDesired(Plan(routes ?? BgpRouteSet.Empty, peer ?? Peer));
        work ??= Announcer.RunAsync(stop.Token);
        return this;
    }

    public async Task Until(string what, Func<BgpReport, bool> condition)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!condition(Announcer.Report))
        {
            if (work!.IsCompleted) await work;
            try
            {
                await changes.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"not: {what}; {Announcer.Report.Peers.Values.FirstOrDefault()}");
            }
        }
    }

    public Task UntilPeer(string what, Func<BgpPeerReport, bool> condition) => Until(what, r => r.Peers.TryGetValue("tor", out BgpPeerReport? peer) && condition(peer));

    public Task UntilUp() => UntilPeer("established", r => r.IsUp);

    public async Task<ScriptedRouter> Establish(OpenMessage? open = null, int capacity = 1000)
    {
        ScriptedRouter router = await (await Network.NextAttempt()).Accept(capacity).Establish(open);
        await UntilUp();
        return router;
    }

    /// <param name="error">What it is wrong by from now on.</param>
    public void SetClock(TimeSpan error) => clock.Error = error;

    public async Task Meet(Neighbor? neighbor) => (await meet.Task)(neighbor, null);

    public async Task RunAsync(string interfaceName, Action<Neighbor?, string?> tell, CancellationToken ct)
    {
        meet.SetResult(tell);
        await Task.Delay(Timeout.InfiniteTimeSpan, ct);
    }

    /// <summary>As SIGTERM does; returns while the sessions say their last words.</summary>
    public Task Stop()
    {
        isStopped = true;
        stop.Cancel();
        return work!;
    }

    public async ValueTask DisposeAsync()
    {
        if (!isStopped)
        {
            Task stopping = Stop();
            // A router that says nothing is waited for in the clock's time.
            while (!stopping.IsCompleted)
            {
                Time.Advance(TimeSpan.FromSeconds(2));
                await Task.WhenAny(stopping, Task.Delay(1));
            }
            await stopping;
        }
        Announcer.Dispose();
        stop.Dispose();
    }
}
