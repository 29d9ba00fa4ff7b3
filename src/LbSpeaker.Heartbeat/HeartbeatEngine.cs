using System.Collections.Concurrent;
using System.Security.Cryptography;
using LbSpeaker.Bfd;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Engine;
using LbSpeaker.Heartbeat.Judging;
using LbSpeaker.Heartbeat.Wire;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Timing;

namespace LbSpeaker.Heartbeat;

/// <summary>
/// Watches the other speakers. BFD tells when a path fails; one thread of its own asks the others and tells them. It waits in the kernel for the earliest deadline or
/// datagram, so that no busy thread pool can make it late.
/// </summary>
public sealed class HeartbeatEngine : IHeartbeat, IDisposable
{
    private const string Owner = "speakers";

    /// <summary>Whoever shares the secret may be any number of routers away: the code says who it is, not the TTL.</summary>
    private const byte MinimumTtl = 1;

    private static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(1);

    private readonly IBfdEngine bfd;
    private readonly TimeProvider wallClock;
    private readonly HeartbeatSettings settings;
    private readonly ReadySet ready = new();
    private readonly DeadlineTimer timer = new();
    private readonly HeartbeatSocket socket;
    private readonly HeartbeatMetrics metrics;
    private readonly ConcurrentQueue<BfdSessionReport> changes = new();
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MembershipState state = MembershipState.Create(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
    private Dictionary<BfdSessionKey, string> nodes = [];
    private CancellationTokenRegistration cancellation;
    private volatile HeartbeatPlan? desired;
    private volatile HeartbeatReport report = HeartbeatReport.Empty;
    private volatile bool stopping;
    private bool isReportOld;

    /// <param name="wallClock">For the times in reports, and for what tells one start of the process from the next; what is waited for is the kernel's monotonic clock.</param>
    public HeartbeatEngine(IBfdEngine bfd, TimeProvider wallClock, HeartbeatSettings settings)
    {
        (this.bfd, this.wallClock, this.settings) = (bfd, wallClock, settings);
        ready.Insert(timer.Descriptor);
        socket = new HeartbeatSocket(ready, settings.Port, (ulong)wallClock.GetUtcNow().UtcTicks);
        metrics = new HeartbeatMetrics(() => Report);
    }

    /// <inheritdoc/>
    public event Action<HeartbeatReport>? ReportChanged;

    /// <inheritdoc/>
    public HeartbeatReport Report => report with { Counters = socket.Counters };

    /// <summary>The thread runs before all that is not real-time; see <see cref="BfdEngine.IsRealTime"/>.</summary>
    public bool IsRealTime { get; private set; }

    /// <inheritdoc/>
    public void SetDesired(HeartbeatPlan plan)
    {
        if (desired == plan) return;
        desired = plan;
        ready.Wake();
    }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken ct)
    {
        cancellation = ct.Register(() =>
        {
            stopping = true;
            ready.Wake();
        });
        bfd.StateChanged += Noticed;
        new Thread(Run) { Name = "heartbeat", IsBackground = true }.Start();
        return completion.Task;
    }

    /// <summary>To be called after <see cref="RunAsync"/> has ended.</summary>
    public void Dispose()
    {
        cancellation.Dispose();
        metrics.Dispose();
        socket.Dispose();
        timer.Dispose();
        ready.Dispose();
    }

    /// <summary>On the thread of BFD.</summary>
    private void Noticed(BfdSessionReport session)
    {
        changes.Enqueue(session);
        ready.Wake();
    }

    private void Run()
    {
        int[] descriptors = new int[8];
        try
        {
            IsRealTime = RealTimeThread.TryEnter();
            TimeSpan repairAt = TimeSpan.MinValue;
            HeartbeatPlan? applied = null;
            while (!stopping)
            {
                if (desired is { } plan && plan != applied)
                {
                    applied = plan;
                    Follow(plan);
                    repairAt = TimeSpan.MinValue;
                }
                if (repairAt <= DeadlineTimer.Now)
                {
                    Repair();
                    repairAt = DeadlineTimer.Now + RepairInterval;
                }
                timer.Set(state.NextDue < repairAt ? state.NextDue : repairAt);
                _ = ready.Wait(descriptors);
                // First the clock, then what has come: no witness is silent whose answer waits here unread.
                Moment at = Now;
                socket.Pump(at.Now, (from, message) => Step(new MembershipEvent.Received(at, from, message)));
                while (changes.TryDequeue(out BfdSessionReport? session))
                    if (nodes.TryGetValue(session.Key, out string? node)) Change(node, session);
                if (state.NextDue <= at.Now) Step(new MembershipEvent.TimerExpired(at));
                // Once for all that came at once: in a large cluster a report is long, and answers come first.
                if (isReportOld) Publish();
            }
            bfd.StateChanged -= Noticed;
            if (applied is not null) Step(new MembershipEvent.PlanChanged(Now, applied with { Leaving = true }));
            bfd.SetDesired(Owner, []);
            completion.SetResult();
        }
        catch (Exception failure)
        {
            completion.SetException(failure);
        }
    }

    private Moment Now => new(DeadlineTimer.Now, wallClock.GetUtcNow());

    private void Follow(HeartbeatPlan plan)
    {
        // The others are told over the socket and the paths as they are, before these follow.
        Step(new MembershipEvent.PlanChanged(Now, plan));
        Roster roster = state.Roster;
        socket.Follow(roster);
        Dictionary<BfdSessionKey, string> wanted = [];
        List<BfdWish> wishes = [];
        foreach (string node in roster.Watched)
        {
            BfdSessionKey key = new(roster.AddressOf(node)!.Value, BfdHops.Multi, plan.Address);
            wanted[key] = node;
            wishes.Add(new(key, new BfdSettings
            {
                TransmitInterval = settings.Interval,
                ReceiveInterval = settings.Interval,
                DetectMultiplier = settings.Multiplier,
                MinimumTtl = MinimumTtl,
                AdminDown = plan.Leaving,
                Authentication = new(BfdAuthenticationType.MeticulousKeyedSha1, roster.Keys.Select(k => KeyDerivation.ForSession(k, plan.Node, node)).ToValueArray()),
            }));
        }
        nodes = wanted;
        bfd.SetDesired(Owner, wishes.ToValueArray());
        Publish();
    }

    /// <summary>Sees to what no event tells of: a port that has become free, faults of sessions, and sessions that were up before anybody listened.</summary>
    private void Repair()
    {
        socket.Open();
        foreach (BfdSessionReport session in bfd.Report.Sessions)
        {
            if (!nodes.TryGetValue(session.Key, out string? node) || !state.Watched.TryGetValue(node, out WatchedNode? watched)) continue;
            if (watched.Fault != session.Fault) Step(new MembershipEvent.FaultChanged(Now, node, session.Fault));
            if (watched.Path == PathState.Silent && session.State == BfdState.Up) Change(node, session);
        }
        Publish();
    }

    private void Change(string node, BfdSessionReport session)
    {
        bool isUp = session.State == BfdState.Up;
        if (isUp) socket.Forget(node);
        Step(new MembershipEvent.PathChanged(Now, node, isUp, session.Reason));
    }

    private void Step(MembershipEvent happened)
    {
        (state, MembershipEffects effects) = Membership.Step(state, happened, settings);
        foreach (Outgoing outgoing in effects.Outgoing) socket.Send(outgoing);
        isReportOld |= effects.ReportChanged;
    }

    private void Publish()
    {
        isReportOld = false;
        HeartbeatReport before = report;
        ValueArray<string> faults = state.Roster.Faults.Concat(socket.Faults(DeadlineTimer.Now)).Order(StringComparer.Ordinal).ToValueArray();
        HeartbeatReport next = new(state.Report(), faults, HeartbeatCounters.None);
        if (next == before) return;
        report = next;
        metrics.Compare(before, next);
        ReportChanged?.Invoke(Report);
    }
}
