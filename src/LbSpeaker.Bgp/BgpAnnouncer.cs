using System.Collections.Immutable;
using System.Threading.Channels;
using LbSpeaker.Bgp.Peering;
using LbSpeaker.Bgp.Peering.Unnumbered;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Bgp;

/// <summary>
/// Holds the sessions of a <see cref="BgpPlan"/> and announces its routes on them. Each session is an actor of its own, so that none waits for another's router;
/// one loop begins and ends them, and gathers their reports.
/// </summary>
public sealed class BgpAnnouncer : IBgpAnnouncer, IDisposable
{
    /// <summary>What wakes the loop.</summary>
    private abstract record Wake
    {
        public sealed record PlanChanged : Wake;

        public sealed record PeerChanged : Wake;

        public sealed record PeerEnded : Wake;

        public sealed record RetryDue : Wake;

        public sealed record Bfd(string Peer, bool IsUp) : Wake;

        public sealed record Met(string Interface, Neighbor? Neighbor, string? Fault) : Wake;
    }

    /// <param name="IsDenied">Its Secret is gone.</param>
    private sealed record Running(PeerActor Actor, Task Work, bool IsDenied);

    private sealed record Watching(CancellationTokenSource Stop, Task Work, Neighbor? Neighbor, string? Fault);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly BgpOptions options;
    private readonly TraceBuffer? trace;
    private readonly TimeProvider time;
    private readonly Random jitter;
    private readonly ILogger logger;
    private readonly IPeerNetwork network;
    private readonly INeighborWatch neighbors;
    private readonly Channel<Wake> mailbox = Channel.CreateUnbounded<Wake>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SortedDictionary<string, Running> running = new(StringComparer.Ordinal);
    private readonly List<Running> leaving = [];
    private readonly SortedDictionary<string, Watching> watching = new(StringComparer.Ordinal);
    private readonly HashSet<string> bfdUp = new(StringComparer.Ordinal);
    private readonly BgpMetrics metrics;
    private volatile BgpPlan desired = BgpPlan.Empty;
    private volatile PeerActor[] actors = [];
    private BgpReport told = BgpReport.Empty;
    private ValueArray<string> faults;
    private int isPeerChangeTold;

    /// <param name="trace">Where messages are kept; null for nowhere.</param>
    /// <param name="network">Null: the kernel's; so are <paramref name="neighbors"/>.</param>
    public BgpAnnouncer(BgpOptions options, TimeProvider time, Random jitter, ILogger<BgpAnnouncer>? logger = null, IPeerNetwork? network = null, INeighborWatch? neighbors = null, TraceBuffer? trace = null)
    {
        this.options = options;
        this.trace = trace;
        this.time = time;
        this.jitter = jitter;
        this.logger = logger ?? NullLogger<BgpAnnouncer>.Instance;
        this.network = network ?? new TcpNetwork(new SocketHost());
        this.neighbors = neighbors ?? new NeighborWatch(new SocketHost(), time);
        metrics = new BgpMetrics(() => Report);
    }

    /// <summary>As things stand now, with the counters of this moment.</summary>
    public BgpReport Report => new(actors.Select(a => a.Report).OfType<BgpPeerReport>().ToImmutableSortedDictionary(r => r.Name, r => r, StringComparer.Ordinal), faults);

    /// <inheritdoc/>
    public event Action<BgpReport>? ReportChanged;

    /// <inheritdoc/>
    public void SetDesired(BgpPlan plan)
    {
        if (ReferenceEquals(plan, desired)) return;
        desired = plan;
        mailbox.Writer.TryWrite(new Wake.PlanChanged());
    }

    /// <inheritdoc/>
    public void BfdUp(string peer) => mailbox.Writer.TryWrite(new Wake.Bfd(peer, true));

    /// <inheritdoc/>
    public void BfdDown(string peer) => mailbox.Writer.TryWrite(new Wake.Bfd(peer, false));

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        PeerSurroundings surroundings = new(options, network, time, jitter, logger, time.GetUtcNow(), trace);
        Acceptor acceptor = new(network, options.ListenPort, logger);
        using ITimer retry = time.CreateTimer(_ => mailbox.Writer.TryWrite(new Wake.RetryDue()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                await mailbox.Reader.WaitToReadAsync(ct).ConfigureAwait(false);
                Interlocked.Exchange(ref isPeerChangeTold, 0);
                bool isPlanChanged = false, isNeighborChanged = false;
                while (mailbox.Reader.TryRead(out Wake? wake))
                {
                    isPlanChanged |= wake is Wake.PlanChanged or Wake.RetryDue;
                    if (wake is Wake.Bfd bfd) TellBfd(bfd);
                    if (wake is Wake.Met met) isNeighborChanged |= TellNeighbor(met);
                }
                await SweepAsync(acceptor).ConfigureAwait(false);
                if (isPlanChanged)
                {
                    Reconcile(desired, surroundings);
                    Watch();
                }
                if (isPlanChanged || isNeighborChanged)
                {
                    acceptor.Serve([.. actors.Select(a => (a, NeighborOf(a.Settings)))]);
                    if (acceptor.Faults.Count > 0) retry.Change(RetryInterval, Timeout.InfiniteTimeSpan);
                    faults = acceptor.Faults.Concat(watching.Values.Select(w => w.Fault).OfType<string>()).Order(StringComparer.Ordinal).ToValueArray();
                }
                Tell();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            acceptor.Serve([]);
            foreach (Watching each in watching.Values) each.Stop.Cancel();
            foreach (Running each in running.Values) each.Actor.Post(new SessionEvent.Stop(new(SessionEndReason.Shutdown, $"the speaker on {options.NodeName} stops")));
            await Task.WhenAll(running.Values.Concat(leaving).Select(r => r.Work).Concat(watching.Values.Select(w => w.Work))).ConfigureAwait(false);
            actors = [];
        }
    }

    public void Dispose() => metrics.Dispose();

    /// <summary>What ended by itself has failed, and so do we.</summary>
    private async Task SweepAsync(Acceptor acceptor)
    {
        foreach (Task ended in running.Values.Concat(leaving).Select(r => r.Work).Concat(acceptor.Work).Concat(watching.Values.Select(w => w.Work)).Where(t => t.IsCompleted).ToList()) await ended.ConfigureAwait(false);
        leaving.RemoveAll(r => r.Work.IsCompleted);
    }

    /// <summary>Ends what is gone or has changed, begins what is new, and hands on the routes.</summary>
    private void Reconcile(BgpPlan plan, PeerSurroundings surroundings)
    {
        foreach ((string name, Running each) in running.ToList())
        {
            bool isWanted = plan.Peers.TryGetValue(name, out BgpPeerPlan? wanted);
            if (isWanted && Continues(each.Actor.Settings, wanted!.Settings)) continue;
            running.Remove(name);
            leaving.Add(each);
            each.Actor.Post(new SessionEvent.Stop(isWanted
                ? new(SessionEndReason.SettingsChanged, $"the settings of BGPPeer {name} have changed")
                : new(SessionEndReason.Deconfigured, $"BGPPeer {name} is no longer for node {options.NodeName}")));
        }
        foreach ((string name, BgpPeerPlan wanted) in plan.Peers)
        {
            if (!running.TryGetValue(name, out Running? each)) running[name] = each = Begin(wanted.Settings, surroundings);
            each.Actor.SetRoutes(wanted.Routes);
            bool isDenied = wanted.Settings.Password.MissingSecret is not null;
            if (isDenied == each.IsDenied) continue;
            each.Actor.Post(isDenied ? new SessionEvent.Deny(StartDenial.PasswordMissing) : new SessionEvent.Allow(StartDenial.PasswordMissing));
            running[name] = each with { IsDenied = isDenied };
        }
        actors = [.. running.Values.Select(r => r.Actor)];
        // What BFD said of a session counts as long as it watches it.
        bfdUp.RemoveWhere(name => plan.Peers.GetValueOrDefault(name)?.Settings.Bfd is null);
    }

    /// <summary>
    /// A session whose Secret was taken away goes on with the password that it has. BFD runs beside it and agrees on other intervals by itself; it matters to the
    /// session only where none may begin without it.
    /// </summary>
    private static bool Continues(BgpPeerSettings present, BgpPeerSettings wanted)
    {
        if (present.Bfd is { IsStrict: true } != wanted.Bfd is { IsStrict: true }) return false;
        BgpPeerSettings same = present with { Bfd = wanted.Bfd };
        return same == wanted || (wanted.Password.MissingSecret is not null && same.Password.Text is not null && (same with { Password = wanted.Password }) == wanted);
    }

    private Running Begin(BgpPeerSettings settings, PeerSurroundings surroundings)
    {
        PeerActor actor = new(settings, surroundings, TellPeerChange);
        if (bfdUp.Contains(settings.Name)) actor.Post(new SessionEvent.BfdChanged(true));
        if (NeighborOf(settings) is { } neighbor) actor.Post(new PeerMessage.NeighborChanged(neighbor));
        // The router would take a second session beside the old one for a collision.
        Task predecessors = Task.WhenAll(leaving.Where(l => IsSameRouter(l.Actor.Settings, settings)).Select(l => l.Work));
        Task work = RunActorAsync(actor, predecessors);
        return new(actor, work, settings.Password.MissingSecret is not null);
    }

    private async Task RunActorAsync(PeerActor actor, Task predecessors)
    {
        try
        {
            // Not on the announcer's loop: a session's first steps may take the kernel's time.
            await Task.Yield();
            await actor.RunAsync(predecessors).ConfigureAwait(false);
        }
        finally
        {
            mailbox.Writer.TryWrite(new Wake.PeerEnded());
        }
    }

    private static bool IsSameRouter(BgpPeerSettings one, BgpPeerSettings other) => one.Address == other.Address && one.Interface == other.Interface && one.Vrf == other.Vrf;

    private void TellBfd(Wake.Bfd bfd)
    {
        if (bfd.IsUp) bfdUp.Add(bfd.Peer); else bfdUp.Remove(bfd.Peer);
        if (running.TryGetValue(bfd.Peer, out Running? each)) each.Actor.Post(new SessionEvent.BfdChanged(bfd.IsUp));
    }

    /// <summary>Looks for routers on the interfaces of unnumbered sessions.</summary>
    private void Watch()
    {
        HashSet<string> wanted = [.. running.Values.Select(r => r.Actor.Settings.Interface).OfType<string>()];
        foreach ((string name, Watching each) in watching.Where(w => !wanted.Contains(w.Key)).ToList())
        {
            each.Stop.Cancel();
            watching.Remove(name);
        }
        foreach (string name in wanted.Where(n => !watching.ContainsKey(n)))
        {
            CancellationTokenSource stop = new();
            watching[name] = new(stop, WatchAsync(name, stop.Token), null, null);
        }
    }

    private async Task WatchAsync(string interfaceName, CancellationToken ct)
    {
        try
        {
            await Task.Yield();
            await neighbors.RunAsync(interfaceName, (neighbor, fault) => mailbox.Writer.TryWrite(new Wake.Met(interfaceName, neighbor, fault)), ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // No unnumbered session is left on the interface.
        }
    }

    private Neighbor? NeighborOf(BgpPeerSettings settings) => settings.Interface is { } name && watching.TryGetValue(name, out Watching? each) ? each.Neighbor : null;

    /// <returns>Something is new.</returns>
    private bool TellNeighbor(Wake.Met met)
    {
        if (!watching.TryGetValue(met.Interface, out Watching? each) || (each.Neighbor, each.Fault) == (met.Neighbor, met.Fault)) return false;
        watching[met.Interface] = each with { Neighbor = met.Neighbor, Fault = met.Fault };
        foreach (Running session in running.Values.Where(r => r.Actor.Settings.Interface == met.Interface)) session.Actor.Post(new PeerMessage.NeighborChanged(met.Neighbor));
        return true;
    }

    /// <summary>From the actors' threads; many changes before the loop comes to them are one.</summary>
    private void TellPeerChange()
    {
        if (Interlocked.Exchange(ref isPeerChangeTold, 1) == 0) mailbox.Writer.TryWrite(new Wake.PeerChanged());
    }

    private void Tell()
    {
        BgpReport next = Report;
        BgpReport bare = next with { Peers = next.Peers.ToImmutableSortedDictionary(p => p.Key, p => p.Value with { Counters = default }, StringComparer.Ordinal) };
        if (bare == told) return;
        foreach (string fault in bare.Faults.Except(told.Faults)) logger.AnnouncerFault(fault);
        told = bare;
        ReportChanged?.Invoke(next);
    }
}
