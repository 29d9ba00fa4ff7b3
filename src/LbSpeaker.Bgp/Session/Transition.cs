using LbSpeaker.Bgp.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Session;

/// <summary>One step of the machine while it is being made: the state so far, and the effects so far.</summary>
internal sealed partial class Transition(SessionState state, SessionSettings settings)
{
    private readonly List<SessionEffect> effects = [];
    private SessionState next = state;

    private bool IsPassive => settings.Peer.Passive;

    public (SessionState Next, ValueArray<SessionEffect> Effects) Take(SessionEvent happened)
    {
        switch (happened)
        {
            case SessionEvent.Start: Start(); break;
            case SessionEvent.Stop stop: Stop(stop.End); break;
            case SessionEvent.Deny deny: Deny(deny.Denial); break;
            case SessionEvent.Allow allow: Allow(allow.Denial); break;
            case SessionEvent.BfdChanged bfd: ChangeBfd(bfd.IsUp); break;
            // An epoch that is not the running one belongs to a timer that was stopped or started anew since.
            case SessionEvent.TimerExpired expired when next.Timers[expired.Timer] == expired.Epoch: Expire(expired); break;
            case SessionEvent.TimerExpired: break;
            case SessionEvent.ConnectionOpened opened: Open(opened); break;
            case SessionEvent.ConnectionFailed failed when IsCurrent(failed.Connection): Lose(failed.Connection, failed.End); break;
            case SessionEvent.Received received when IsOpen(received.Connection): Receive(received.Connection, received.Message); break;
            case SessionEvent.ReceivedInvalid invalid when IsOpen(invalid.Connection): Refuse(invalid.Connection, invalid.Answer); break;
            case SessionEvent.Written written when written.Connection == next.Connection?.Number: Progress(); break;
        }
        return (next, effects.ToValueArray());
    }

    private void Start()
    {
        if (next.IsStarted) return;
        next = next with { IsStarted = true, Failures = 0 };
        Begin();
    }

    /// <summary>RFC 4271 event 2 in every state.</summary>
    private void Stop(SessionEnd end)
    {
        if (!next.IsStarted) return;
        CloseAll(Farewell.For(end, next.Terms));
        StopAll();
        effects.Add(new SessionEffect.Ended(end));
        next = next with { State = BgpState.Idle, IsStarted = false, Failures = 0 };
    }

    /// <summary>A session that the OPENs have begun goes on.</summary>
    private void Deny(StartDenial denial)
    {
        next = next with { Denied = next.Denied | denial };
        if (next.State is not (BgpState.Connect or BgpState.Active)) return;
        CloseAll(null);
        StopAll();
        next = next with { State = BgpState.Idle };
    }

    private void Allow(StartDenial denial)
    {
        next = next with { Denied = next.Denied & ~denial };
        if (next is { IsStarted: true, State: BgpState.Idle } && !next.Timers.IsRunning(SessionTimer.IdleHold)) Begin();
    }

    private void ChangeBfd(bool isUp)
    {
        bool was = next.IsBfdUp;
        bool isStrict = settings.Peer.Bfd is { IsStrict: true };
        next = next with { IsBfdUp = isUp };
        if (isStrict && isUp) next = next with { Denied = next.Denied & ~StartDenial.BfdNotUp };
        if (isStrict && !isUp) Deny(StartDenial.BfdNotUp);
        // The path is there (again): no reason to wait out what happened while it was not.
        if (isUp && !was && next is { IsStarted: true, State: BgpState.Idle or BgpState.Active }) Begin();
        // RFC 5882 section 4.2: only a session that was up can go down.
        if (!isUp && was && next.Connection?.Sent is not null)
        {
            SessionEnd end = new(SessionEndReason.BfdDown, "BFD says that the path to the router is broken");
            Fail(end, Farewell.For(end, next.Terms));
        }
    }

    /// <summary>From Idle, or from Active when its time has come: events 1, 3 to 7, 9 and 13.</summary>
    private void Begin()
    {
        StopTimer(SessionTimer.IdleHold);
        StopTimer(SessionTimer.ConnectRetry);
        if (next.Denied != StartDenial.None)
        {
            next = next with { State = BgpState.Idle };
            return;
        }
        if (IsPassive)
        {
            next = next with { State = BgpState.Active };
            return;
        }
        int number = next.NextConnection;
        next = next with { State = BgpState.Connect, Connection = new(number, IsDialed: true, null), LastConnection = number };
        StartTimer(SessionTimer.ConnectRetry, settings.AttemptLimit);
        effects.Add(new SessionEffect.Connect(number));
    }

    private bool IsCurrent(int connection) => connection == next.Connection?.Number || connection == next.Tracked?.Number;

    private bool IsOpen(int connection) => (connection == next.Connection?.Number && next.Connection.Sent is not null) || (connection == next.Tracked?.Number && next.Tracked.Sent is not null);

    private void Send(int connection, BgpMessage message) => effects.Add(new SessionEffect.Send(connection, message));

    private OpenMessage SendOpen(int connection, IpAddress identifier, bool isRestart)
    {
        OpenMessage open = Opening.Offer(settings, identifier, isRestart);
        Send(connection, open);
        return open;
    }

    private void StartTimer(SessionTimer timer, TimeSpan delay, bool isJittered = false)
    {
        int epoch = next.LastEpoch + 1;
        next = next with { Timers = next.Timers.With(timer, epoch), LastEpoch = epoch };
        effects.Add(new SessionEffect.StartTimer(timer, epoch, delay, isJittered));
    }

    private void StopTimer(SessionTimer timer)
    {
        if (!next.Timers.IsRunning(timer)) return;
        next = next with { Timers = next.Timers.With(timer, 0) };
        effects.Add(new SessionEffect.StopTimer(timer));
    }

    private void StopAll()
    {
        foreach (SessionTimer timer in Enum.GetValues<SessionTimer>()) StopTimer(timer);
    }

    private void CloseAll(NotificationMessage? lastWords) => CloseAll(lastWords, lastWords);

    private void CloseAll(NotificationMessage? lastWords, NotificationMessage? toTracked)
    {
        if (next.Connection is { } first) Close(first, lastWords);
        if (next.Tracked is { } tracked) Close(tracked, toTracked);
        next = next with { Connection = null, Tracked = null, Terms = null };
    }

    /// <summary>Nothing is said where no OPEN was.</summary>
    private void Close(SessionConnection connection, NotificationMessage? lastWords) => effects.Add(new SessionEffect.Close(connection.Number, connection.Sent is null ? null : lastWords));

    /// <summary>Ends everything and goes to Idle, there to wait before the next attempt (DampPeerOscillations, RFC 4271 section 8.1.1).</summary>
    /// <param name="lastWords">Null: none. They are about the first connection; the tracked one is merely not wanted.</param>
    private void Fail(SessionEnd end, NotificationMessage? lastWords)
    {
        CloseAll(lastWords, Rejected);
        StopAll();
        effects.Add(new SessionEffect.Ended(end));
        int failures = next.Failures + 1;
        next = next with { State = BgpState.Idle, Failures = failures };
        // Who waits for the router has nothing to pace after a first failure: the router may come at once.
        if (IsPassive && failures == 1) Begin();
        else StartTimer(SessionTimer.IdleHold, settings.RetryAfter(failures), isJittered: true);
    }
}
