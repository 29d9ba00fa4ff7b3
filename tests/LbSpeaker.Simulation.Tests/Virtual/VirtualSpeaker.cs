using System.Collections.Immutable;
using System.Threading.Channels;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;
using LbSpeaker.Layer2.Announcing;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Layer2.Claiming;
using LbSpeaker.Linux.Links;
using LbSpeaker.Speaker;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>
/// One start of a speaker. What it decides is decided by the real <see cref="SpeakerState"/>, <see cref="SpeakerLiveness"/>, <see cref="FellowWatch"/>, <see cref="PortSet"/>,
/// <see cref="Layer2StatusBook"/> and, in the virtual cluster of heartbeats, Membership; here is what the loops and writers of the process do between them.
/// </summary>
internal sealed class VirtualSpeaker : Process, IHeartbeat, IDisposable
{
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(3), HandOverLimit = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromSeconds(2);

    private static readonly ClusterKind[] Kinds =
        [ClusterKind.Service, ClusterKind.EndpointSlice, ClusterKind.Node, ClusterKind.Namespace, ClusterKind.Secret, ClusterKind.IPAddressPool, ClusterKind.L2Advertisement, ClusterKind.ServiceL2Status, ClusterKind.NodeState];

    private readonly ProcessClock clock;
    private readonly TimeSpan started;

    // The loop.
    private readonly SpeakerState state;
    private readonly FellowWatch fellows;
    private readonly Queue<SpeakerMessage> mailbox = new();
    private readonly LeaseFeed leases;
    private int unsynced = Kinds.Length + 1;
    private HeartbeatPlan? watching;
    private bool isTurning, isSynced, isLeaving, isReleasing, hasReleased;

    // Layer 2.
    /// <summary>One for all: nobody reads it, and a thousand would need a lot of memory.</summary>
    private static readonly TraceBuffer Trace = new();

    private readonly Layer2Metrics metrics = new(static () => { });
    private readonly VirtualLink link;

    /// <summary>Goes only while the process stands still.</summary>
    private readonly FakeTimeProvider frozen = new();
    private TimeSpan frozenAt;
    private readonly PortSet ports;
    private Layer2Plan desired = Layer2Plan.Empty, applied = Layer2Plan.Empty;
    private Layer2Report? reported;
    private LinkState interfaceState;
    private bool isWoken, linksChanged = true;
    private TimeSpan wakeAt = TimeSpan.MaxValue;

    // Writers.
    private readonly Layer2StatusBook book;
    private readonly Pump<ObjectKey, Layer2StatusStep> statuses;
    private readonly Pump<string, NodeReport> nodeState;
    private NodeReport? wanted, shown;
    private Action<ApiOutcome>? renewed;

    public VirtualSpeaker(World world, string node, int number, TimeSpan skew) : base(world, node)
    {
        started = world.Now - TimeSpan.FromSeconds(1);
        Mac = MacAddress.FromBytes([2, 0, 0, 0, 0, (byte)number]);
        clock = new(this, world, skew);
        state = new(node, loadBalancerClass: null, ignoreExcludeLabel: false);
        fellows = new(node, World.OwnNamespace, this, clock, new MailboxWriter(this));
        leases = new(new SpeakerLiveness(clock, node), change => Post(new SpeakerMessage.Cluster(change)), CountSynced);
        Layer2Options options = new();
        link = new(() => world.Now, frame => world.Network.Send(this, frame));
        interfaceState = new(2, "eth0", Mac) { IsUp = true, HasCarrier = true, IsBroadcast = true, LinkLocal = IpAddress.Parse($"fe80::{number}") };
        ports = new(options, clock, link, link, new Hearing(WakeLayer2), new Standstills(frozen, options.Claims.Absence), metrics, new BurstSchedule(options, world.Random), new Claims(options.Claims, options.PaceWindow, world.Random), Trace);
        book = new(node, static _ => true);
        statuses = new(this, world.Random.NextDouble, Write, ServiceL2StatusWriter.TakeBackInterval);
        nodeState = new(this, world.Random.NextDouble, (_, report, done) => Request(() =>
        {
            world.Api.Put(ClusterKind.NodeState, new NodeStateRecord(new(World.OwnNamespace, node), report, null, null, world.Api.NextVersion(), ""));
            return ApiOutcome.Ok;
        }, done));

        world.Heartbeats.Start(node, new(node, null, [], [], Leaving: false));
        foreach (ClusterKind kind in Kinds) world.Api.Follow(this, kind, change => Post(new SpeakerMessage.Cluster(change)), CountSynced);
        world.Api.Follow(this, ClusterKind.SpeakerLease, change => leases.Take(change), leases.List);
        WakeLayer2();
        After(TimeSpan.Zero, Renew);
    }

    public MacAddress Mac { get; }

    /// <summary>The plan that the loop made last; null before the first.</summary>
    public AnnouncementPlan? Plan { get; private set; }

    public bool IsLeaving => isLeaving;

    /// <summary>The plan by which it answers.</summary>
    public Layer2Plan AppliedPlan => applied;

    public Layer2Report? Layer2 => reported;

    /// <summary>What it would answer for if it were asked now.</summary>
    public IReadOnlyCollection<IpAddress> Answered => IsRunning && link.Reading is { IsSettled: true } port ? port.Here : [];

    /// <inheritdoc/>
    public event Action<HeartbeatReport>? ReportChanged { add { } remove { } }

    /// <inheritdoc/>
    public HeartbeatReport Report => new(World.Heartbeats[Node].State.Report(), [], HeartbeatCounters.None);

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken ct) => throw new NotSupportedException("the virtual cluster runs");

    /// <inheritdoc/>
    public void SetDesired(HeartbeatPlan plan)
    {
        if (plan == watching) return;
        watching = plan;
        After(World.Between(0.05, 0.5), () => World.Heartbeats.Follow(Node, watching!));
    }

    /// <summary>What is heard of the others may have changed.</summary>
    public void Heard()
    {
        After(World.Between(0.02, 0.5), () => leases.Take(new ClusterChange.PulsesHeard(FellowWatch.Pulses(Report))));
        After(World.Between(0.02, 0.5), () => Post(new SpeakerMessage.Heartbeats(Report)));
    }

    /// <summary>The cable is pulled or put back, so that the kernel tells.</summary>
    public void SetCarrier(bool isThere)
    {
        interfaceState = interfaceState with { HasCarrier = isThere, Interruptions = interfaceState.Interruptions + (isThere ? 0 : 1) };
        linksChanged = true;
        WakeLayer2();
    }

    public void Arrive(byte[] frame)
    {
        if (!IsRunning) return;
        link.Arrive(frame);
        if (!IsFrozen) link.Pump();
    }

    /// <summary>SIGTERM.</summary>
    public void Leave()
    {
        Post(new SpeakerMessage.Leave());
        isReleasing = true;
        // A renewal that is under way is waited for.
        if (renewed is null) After(World.Between(0.1, 1), Release);
    }

    public override void Kill()
    {
        base.Kill();
        World.Api.Forget(this);
        World.Heartbeats.Crash(Node);
        Dispose();
    }

    public void Dispose()
    {
        fellows.Dispose();
        ports.Dispose();
        link.Dispose();
        metrics.Dispose();
    }

    public override void Freeze()
    {
        base.Freeze();
        frozenAt = World.Now;
        World.Heartbeats.Freeze(Node);
    }

    public override void Thaw()
    {
        base.Thaw();
        frozen.Advance(World.Now - frozenAt);
        World.Heartbeats.Thaw(Node);
        After(World.Between(0, 0.5), link.Pump);
        After(World.Between(0, 0.5), WakeLayer2);
    }

    private void CountSynced()
    {
        if (--unsynced == 0) Post(new SpeakerMessage.Cluster(new ClusterChange.Ready()));
    }

    private void Post(SpeakerMessage message)
    {
        mailbox.Enqueue(message);
        if (isTurning) return;
        isTurning = true;
        After(World.Between(0.05, 2), Loop);
    }

    private void Loop()
    {
        isTurning = false;
        while (mailbox.TryDequeue(out SpeakerMessage? message)) Take(message);
        if (isSynced) Turn();
        if (isLeaving && hasReleased && (!isSynced || state.HasHandedOver(Plan!))) World.Ended(this);
    }

    private void Take(SpeakerMessage message)
    {
        switch (message)
        {
            case SpeakerMessage.Cluster { Change: var change }:
                isSynced |= change is ClusterChange.Ready;
                book.Observe(change);
                if (change is ClusterChange.Upserted { Record: NodeStateRecord { Report: var told } } && told.Node == Node) shown = told;
                fellows.Observe(change);
                state.Apply(change);
                if (change is ClusterChange.SpeakersChanged speakers) World.Trace($"{Node} sees alive: {string.Join(" ", speakers.Live ?? [])}");
                break;
            case SpeakerMessage.Layer2 { Report: var report }:
                state.Apply(report);
                break;
            case SpeakerMessage.Heartbeats { Report: var report }:
                fellows.Apply(report);
                break;
            case SpeakerMessage.FellowsDue:
                fellows.LookAgain();
                break;
            case SpeakerMessage.Leave:
                isLeaving = true;
                fellows.Leave();
                state.Leave();
                break;
        }
    }

    private void Turn()
    {
        World.Turns++;
        state.Apply(fellows.Judge());
        SpeakerTurn turn = state.Turn(clock.GetUtcNow());
        Plan = turn.Plan;
        if (desired != turn.Plan.Layer2)
        {
            World.Trace($"{Node} plans: {string.Join(", ", turn.Plan.Layer2.Addresses.Select(a => $"{a.Key} {a.Value.Role}{(a.Value.From is { } from ? " from " + from : "")}"))}");
            desired = turn.Plan.Layer2;
            WakeLayer2();
        }
        fellows.SetDesired();
        if (turn.Reports is { } reports)
        {
            book.SetDesired(reports, turn.Orphaned);
            foreach ((ObjectKey service, Layer2StatusStep? step) in book.Take().OrderBy(s => s.Service)) statuses.Set(service, step, isUrgent: step is not { CanWait: true });
        }
        // Of a NodeState only the interfaces matter to others.
        NodeReport report = turn.Node with { Heartbeats = null, Sessions = [] };
        if (report != wanted)
        {
            wanted = report;
            nodeState.Set(Node, report == shown ? null : report);
        }
    }

    private void WakeLayer2()
    {
        if (isWoken) return;
        isWoken = true;
        After(World.Between(0.02, 0.3), () =>
        {
            isWoken = false;
            RunLayer2();
        });
    }

    private void RunLayer2()
    {
        TimeSpan now = World.Now - started;
        if (linksChanged || desired != applied || ports.RetryAt <= now)
        {
            linksChanged = false;
            ports.Reconcile([interfaceState], desired, now);
            applied = desired;
        }
        ports.Act(now);
        if (ports.Report != reported)
        {
            reported = ports.Report;
            After(World.Between(0.02, 0.3), () => Post(new SpeakerMessage.Layer2(reported)));
        }
        World.Watcher.Look(this);
        TimeSpan? next = ports.NextDue is { } due && !(ports.RetryAt < due) ? due : ports.RetryAt;
        if (next is not { } at) return;
        TimeSpan wake = started + (at > now ? at : now) + TimeSpan.FromMilliseconds(0.1);
        if (wake >= wakeAt && wakeAt > World.Now) return;
        wakeAt = wake;
        After(wake - World.Now, () =>
        {
            if (wakeAt != wake) return;
            wakeAt = TimeSpan.MaxValue;
            RunLayer2();
        });
    }

    private void Request(Func<ApiOutcome> effect, Action<ApiOutcome> done) => World.Api.Request(this, Patience, effect, done);

    private void Write(ObjectKey service, Layer2StatusStep step, Action<ApiOutcome> done)
    {
        ObjectKey key = new(World.OwnNamespace, ServiceL2StatusWriter.NameOf(service));
        void WriteStatus(Layer2ServiceReport report, string? seen) => Request(
            () => World.Api.WriteStatus(new(key, service, Node, report.IsAnnounced, report.Interfaces, report.NotAnnounced) { Addresses = report.Addresses, Since = report.Since }, seen), done);
        string? written = null;
        switch (step)
        {
            case Layer2StatusStep.Create create:
                Request(() => Written(World.Api.Create(key)), outcome =>
                {
                    if (outcome is ApiOutcome.Ok or ApiOutcome.Conflict) WriteStatus(create.Report, written); else done(outcome);
                });
                break;
            case Layer2StatusStep.TakeOver take:
                Request(() => Written(World.Api.Label(take.From)), outcome =>
                {
                    if (outcome == ApiOutcome.Ok) WriteStatus(take.Report, written); else done(outcome);
                });
                break;
            case Layer2StatusStep.Update update:
                WriteStatus(update.Report, update.Record.ResourceVersion);
                break;
            case Layer2StatusStep.Delete delete:
                Request(() => World.Api.Delete(delete.Record), done);
                break;
            default:
                throw new InvalidOperationException($"step {step}");
        }

        // The answer to a write tells the version that came of it.
        ApiOutcome Written(ApiOutcome outcome)
        {
            written = outcome == ApiOutcome.Ok ? World.Api.VersionOf(key) : null;
            return outcome;
        }
    }

    /// <summary>As LeaseKeeper does.</summary>
    private void Renew()
    {
        if (isReleasing) return;
        DateTimeOffset now = clock.GetUtcNow();
        renewed = outcome =>
        {
            renewed = null;
            if (isReleasing) Release();
            else After(outcome == ApiOutcome.Ok ? LeaseDuration / 3 : LeaseDuration / 6, Renew);
        };
        World.Api.Request(this, LeaseDuration / 2, () => PutLease(Node, now, LeaseDuration), renewed);
    }

    private void Release() => World.Api.Request(this, TimeSpan.FromSeconds(1), () => PutLease("", clock.GetUtcNow(), TimeSpan.FromSeconds(1)), _ =>
    {
        hasReleased = true;
        After(HandOverLimit, () => World.Ended(this));
        Post(new SpeakerMessage.Heartbeats(Report));
    });

    private ApiOutcome PutLease(string holder, DateTimeOffset now, TimeSpan lasts)
    {
        World.Api.Put(ClusterKind.SpeakerLease, new SpeakerLeaseRecord(new(World.OwnNamespace, ApiNames.SpeakerLeasePrefix + Node), Node, holder, now, lasts, World.Api.NextVersion()));
        return ApiOutcome.Ok;
    }

    private sealed class MailboxWriter(VirtualSpeaker speaker) : ChannelWriter<SpeakerMessage>
    {
        public override bool TryWrite(SpeakerMessage item)
        {
            speaker.Post(item);
            return true;
        }

        public override ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken = default) => new(true);
    }
}
