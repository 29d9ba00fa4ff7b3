using System.Threading.Channels;
using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Bgp.Peering;

/// <summary>What a session needs of its surroundings.</summary>
/// <param name="Started">When the announcer began to work.</param>
/// <param name="Trace">Where messages are kept; null for nowhere.</param>
internal sealed record PeerSurroundings(BgpOptions Options, IPeerNetwork Network, TimeProvider Time, Random Jitter, ILogger Logger, DateTimeOffset Started, TraceBuffer? Trace);

/// <summary>
/// One session: owns its state, connections, timers and routes, and reads one mailbox. Each message is a step of the machine, whose effects are carried out at once;
/// when the mailbox is empty, what may be sent is sent and the report is made. Nothing in here waits for the network.
/// </summary>
internal sealed class PeerActor(BgpPeerSettings settings, PeerSurroundings surroundings, Action changed)
{
    private readonly Channel<PeerMessage> mailbox = Channel.CreateUnbounded<PeerMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SessionSettings machine = new(surroundings.Options.NodeName, settings) { RestartTime = surroundings.Options.RestartTime };
    private readonly Dictionary<int, CancellationTokenSource> dials = [];
    private readonly Dictionary<int, PeerConnection> connections = [];
    private readonly List<Task> loose = [];
    private readonly PeerCounters counters = new();
    private SessionState state = SessionState.Initial(new("", settings));
    private Neighbor? neighbor;
    private AdjRibOut? rib;
    private (SessionTerms Terms, AdjRibOut Rib)? prepared;
    /// <summary>Those of a session that is up and not yet told of.</summary>
    private SessionTerms? untold;
    private DateTimeOffset since = surroundings.Time.GetUtcNow();
    private SessionEnd? lastEnd, lastLogged;
    private DateTimeOffset? lastEndAt;
    private BgpAgreement? agreement;
    private ITimer? patience;
    private bool isUnanswered;
    private volatile BgpRouteSet routes = BgpRouteSet.Empty;
    private volatile BgpPeerReport? report;

    public BgpPeerSettings Settings { get; } = settings;

    /// <summary>As metrics label it.</summary>
    public string Label { get; } = settings.Address is not { } address ? $"{settings.Interface}:{settings.Port}" : address.Family == IpFamily.IPv6 ? $"[{address}]:{settings.Port}" : $"{address}:{settings.Port}";

    /// <summary>Null before the session was begun.</summary>
    public BgpPeerReport? Report => report is { } last ? last with { Counters = counters.Read() } : null;

    public void SetRoutes(BgpRouteSet routes)
    {
        if (ReferenceEquals(routes, this.routes)) return;
        this.routes = routes;
        Post(PeerMessage.RoutesChanged.Instance);
    }

    public void Post(SessionEvent happened) => Post(new PeerMessage.Happened(happened));

    public void Post(PeerMessage message) => TryPost(message);

    /// <returns>False where the session has ended.</returns>
    public bool TryPost(PeerMessage message) => mailbox.Writer.TryWrite(message);

    /// <summary>Works until it is told <see cref="SessionEvent.Stop"/>, and until the last words are said.</summary>
    /// <param name="predecessor">A session with the same router that is being ended.</param>
    public async Task RunAsync(Task predecessor)
    {
        await predecessor.ConfigureAwait(false);
        using PeerTimers timers = new(surroundings.Time, surroundings.Jitter, mailbox.Writer);
        if (Settings.Interface is not null) Step(new SessionEvent.Deny(StartDenial.NoNeighbor), timers);
        if (Settings.Password.MissingSecret is not null) Step(new SessionEvent.Deny(StartDenial.PasswordMissing), timers);
        Step(new SessionEvent.Start(), timers);
        Publish();
        while (state.IsStarted)
        {
            await mailbox.Reader.WaitToReadAsync().ConfigureAwait(false);
            while (mailbox.Reader.TryRead(out PeerMessage? message)) Take(message, timers);
            foreach (PeerConnection connection in connections.Values) connection.Flush(connection.Number == state.Connection?.Number ? rib : null);
            // The router has what it waits for; now the rest.
            Prepare();
            TellUp();
            foreach (Task done in loose.Where(t => t.IsCompleted).ToList())
            {
                await done.ConfigureAwait(false);
                loose.Remove(done);
            }
            Publish();
        }
        await Task.WhenAll(loose).ConfigureAwait(false);
        // A dial or an accepted connection that came too late.
        mailbox.Writer.TryComplete();
        while (mailbox.Reader.TryRead(out PeerMessage? message))
            if (message is PeerMessage.Dialed dialed) dialed.Transport.Dispose();
            else if (message is PeerMessage.Accepted accepted) accepted.Transport.Dispose();
    }

    private void Take(PeerMessage message, PeerTimers timers)
    {
        switch (message)
        {
            case PeerMessage.Happened happened:
                Step(happened.Event, timers);
                break;
            case PeerMessage.Alarm alarm when timers.Expire(alarm.Timer) is { } epoch:
                bool hasUnread = state.Connection is { } current && connections.TryGetValue(current.Number, out PeerConnection? heard) && heard.HasUnread;
                Step(new SessionEvent.TimerExpired(alarm.Timer, epoch, hasUnread), timers);
                break;
            case PeerMessage.OpenOverdue overdue:
                isUnanswered = state.State == BgpState.OpenSent && state.Connection?.Number == overdue.Connection;
                break;
            case PeerMessage.RoutesChanged:
                rib?.SetDesired(routes);
                break;
            case PeerMessage.NeighborChanged news:
                Meet(news.Neighbor, timers);
                break;
            case PeerMessage.Dialed dialed when dials.Remove(dialed.Connection, out CancellationTokenSource? dial):
                dial.Dispose();
                Open(dialed.Connection, true, dialed.Transport, timers);
                break;
            // Given up in the meantime.
            case PeerMessage.Dialed late:
                late.Transport.Dispose();
                break;
            case PeerMessage.Accepted accepted:
                Open(state.NextConnection, false, accepted.Transport, timers);
                break;
            case PeerMessage.ReadDone read when IsOpen(read.Connection):
                Read(read.Connection, read.Octets, timers);
                break;
            case PeerMessage.WriteDone written when IsOpen(written.Connection):
                written.Connection.Written();
                Step(new SessionEvent.Written(written.Connection.Number), timers);
                break;
            case PeerMessage.Failed failed:
                if (dials.Remove(failed.Connection, out CancellationTokenSource? attempt)) attempt.Dispose();
                Step(new SessionEvent.ConnectionFailed(failed.Connection, failed.End), timers);
                break;
        }
    }

    private bool IsOpen(PeerConnection connection) => connections.TryGetValue(connection.Number, out PeerConnection? open) && open == connection;

    private void Meet(Neighbor? found, PeerTimers timers)
    {
        if (found == neighbor) return;
        neighbor = found;
        // An attempt at the one that was there before leads nowhere; a session with it goes on until its timers say otherwise.
        Step(new SessionEvent.Deny(StartDenial.NoNeighbor), timers);
        if (found is not null) Step(new SessionEvent.Allow(StartDenial.NoNeighbor), timers);
    }

    private void Open(int number, bool isDialed, IPeerTransport transport, PeerTimers timers)
    {
        PeerConnection connection = new(number, transport, mailbox.Writer, counters, surroundings.Trace is { } trace ? new(trace, surroundings.Time, transport.Facts) : null);
        connections[number] = connection;
        bool isRestart = Settings.GracefulRestart && counters.Read().Established == 0 && surroundings.Time.GetUtcNow() - surroundings.Started < surroundings.Options.RestartTime;
        Step(new SessionEvent.ConnectionOpened(number, isDialed, Settings.RouterId ?? BgpIdentifier.Choose(transport.Facts, surroundings.Options.NodeName), isRestart), timers);
        if (IsOpen(connection)) connection.Read();
    }

    private void Read(PeerConnection connection, int octets, PeerTimers timers)
    {
        if (octets == 0)
        {
            Step(new SessionEvent.ConnectionFailed(connection.Number, new(SessionEndReason.ConnectionLost, "the router has closed the connection")), timers);
            return;
        }
        connection.Take(octets);
        while (IsOpen(connection) && connection.Next() is { } result)
        {
            Heed(connection, result);
            Step(result.IsMessage ? new SessionEvent.Received(connection.Number, result.Message) : new SessionEvent.ReceivedInvalid(connection.Number, result.Error), timers);
        }
        if (IsOpen(connection)) connection.Read();
    }

    /// <summary>What RFC 7606 lets a session outlive.</summary>
    private void Heed(PeerConnection connection, DecodeResult result)
    {
        if (result.Findings.IsEmpty) return;
        counters.Faulty(result.Findings.Count);
        surroundings.Logger.FaultyUpdate(Settings.Name, Label, string.Join(", ", result.Findings));
        foreach (AttributeFinding finding in result.Findings)
            if (finding is { Action: ErrorAction.DisableFamily, Family: { } family })
                connection.Codec = connection.Codec with { Families = [.. connection.Codec.Families.Where(f => f != family)] };
    }

    private void Step(SessionEvent happened, PeerTimers timers)
    {
        BgpState before = state.State;
        (state, Core.Values.ValueArray<SessionEffect> effects) = SessionMachine.Step(state, happened, machine);
        foreach (SessionEffect effect in effects)
            switch (effect)
            {
                case SessionEffect.Connect e: Dial(e.Connection); break;
                case SessionEffect.Send e: connections[e.Connection].Enqueue(e.Message); break;
                case SessionEffect.Close e: Close(e); break;
                case SessionEffect.StartTimer e: timers.Start(e); break;
                case SessionEffect.StopTimer e: timers.Stop(e.Timer); break;
                case SessionEffect.SessionUp e: BeUp(e); break;
                case SessionEffect.Ended e: End(e.End, before); break;
                case SessionEffect.Deliver e: Deliver(e.Message); break;
            }
        if (state.State == before) return;
        since = surroundings.Time.GetUtcNow();
        isUnanswered = false;
        patience?.Dispose();
        patience = state is { State: BgpState.OpenSent, Connection.Number: int number }
            ? surroundings.Time.CreateTimer(_ => TryPost(new PeerMessage.OpenOverdue(number)), null, BgpPeerReport.PatienceWithOpen, Timeout.InfiniteTimeSpan)
            : null;
    }

    private void Dial(int number)
    {
        CancellationTokenSource dial = new();
        dials[number] = dial;
        loose.Add(DialAsync(number, dial.Token));
    }

    private async Task DialAsync(int number, CancellationToken ct)
    {
        try
        {
            IPeerTransport transport = await surroundings.Network.ConnectAsync(Settings, neighbor, ct).ConfigureAwait(false);
            if (!mailbox.Writer.TryWrite(new PeerMessage.Dialed(number, transport))) transport.Dispose();
        }
        catch (PeerIOException failure)
        {
            string clue = failure.Reason switch
            {
                SessionEndReason.ConnectTimedOut => machine.SilenceClue,
                SessionEndReason.Unreachable => machine.DistanceClue,
                _ => "",
            };
            Post(new PeerMessage.Failed(number, new(failure.Reason, failure.Message + clue)));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The machine has given it up, and knows.
        }
    }

    private void Close(SessionEffect.Close effect)
    {
        if (dials.Remove(effect.Connection, out CancellationTokenSource? dial))
        {
            dial.Cancel();
            dial.Dispose();
        }
        if (connections.Remove(effect.Connection, out PeerConnection? connection)) loose.Add(CloseAsync(connection, effect.LastWords));
    }

    private async Task CloseAsync(PeerConnection connection, NotificationMessage? lastWords)
    {
        using CancellationTokenSource limit = new(surroundings.Options.FarewellTime, surroundings.Time);
        await connection.CloseAsync(lastWords, limit.Token).ConfigureAwait(false);
    }

    /// <summary>Works out the first UPDATEs while the router's KEEPALIVE is still under way: then they have only to be written.</summary>
    private void Prepare()
    {
        if (state is not { State: BgpState.OpenConfirm, Connection.Number: int number, Terms: { } terms } || ReferenceEquals(terms, prepared?.Terms)) return;
        AdjRibOut next = new(terms, connections[number].Facts.Addresses);
        next.SetDesired(routes);
        next.Prepare();
        prepared = (terms, next);
    }

    private void BeUp(SessionEffect.SessionUp up)
    {
        PeerConnection connection = connections[up.Connection];
        connection.Codec = up.Terms.Codec;
        // Each connection whose OPEN is accepted has terms of its own; of two that collided the other may be the one that stays.
        rib = prepared is { } ready && ReferenceEquals(ready.Terms, up.Terms) ? ready.Rib : new(up.Terms, connection.Facts.Addresses);
        prepared = null;
        rib.SetDesired(routes);
        counters.Up();
        lastLogged = null;
        untold = up.Terms;
    }

    private void TellUp()
    {
        if (untold is not { } terms) return;
        untold = null;
        agreement = new(
            terms.Sent.AsNumber, terms.Sent.Identifier, terms.Received.AsNumber, terms.Received.Identifier, terms.Received.Capabilities.OfType<FqdnCapability>().FirstOrDefault()?.Host ?? "",
            terms.HoldTime, terms.KeepaliveTime, [.. terms.Codec.Families.Select(f => f.ToString())], [.. terms.Received.Capabilities.Select(c => c.ToString())], terms.RoutesOutliveConnection);
        surroundings.Logger.SessionUp(Settings.Name, Label, agreement.RemoteAs, agreement.RemoteIdentifier.ToString(), agreement.HoldTime, string.Join(", ", agreement.Families));
    }

    private void End(SessionEnd end, BgpState before)
    {
        TellUp();
        counters.Ended(end.Reason);
        rib = null;
        prepared = null;
        agreement = null;
        lastEnd = end;
        lastEndAt = surroundings.Time.GetUtcNow();
        if (end.Reason is SessionEndReason.Shutdown or SessionEndReason.SettingsChanged or SessionEndReason.Deconfigured)
            surroundings.Logger.SessionEnded(Settings.Name, Label, end.Reason.ToString(), end.Text);
        else if (before == BgpState.Established) surroundings.Logger.SessionDown(Settings.Name, Label, lastEndAt.Value - since, end.Reason.ToString(), end.Text);
        else if (end != lastLogged)
        {
            lastLogged = end;
            surroundings.Logger.AttemptFailed(Settings.Name, Label, end.Reason.ToString(), end.Text);
        }
    }

    private void Deliver(BgpMessage message)
    {
        switch (message)
        {
            case UpdateMessage update: counters.Routes.Count(update); break;
            // RFC 7313: marks of the router's own refreshes say nothing to who keeps no routes.
            case RouteRefreshMessage { Subtype: RouteRefreshSubtype.Request } request: rib?.Refresh(request.Family); break;
        }
    }

    private void Publish()
    {
        PeerConnection? connection = state.Connection is { } current ? connections.GetValueOrDefault(current.Number) : null;
        BgpRouteSet desired = routes;
        BgpPeerReport next = new(
            Settings.Name, Label, Settings.Vrf ?? "", state.State, since, state.Denied, connection?.Facts.Local, connection?.Facts.Remote, agreement, lastEnd, lastEndAt,
            rib?.Sent ?? BgpRouteSet.Empty, desired.Count, rib?.Pending ?? 0, rib?.Withheld ?? []) { IsUnanswered = isUnanswered, Router = Settings.Address ?? neighbor?.LinkLocal };
        if (next == report) return;
        if (!next.Withheld.IsEmpty && next.Withheld != (report?.Withheld ?? []))
            surroundings.Logger.Withheld(Settings.Name, Label, string.Join(", ", next.Withheld.Select(w => $"{w.Count} of {w.Family}: {w.Reason}")));
        report = next;
        changed();
    }
}
