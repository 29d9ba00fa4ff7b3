using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Session;

/// <summary>How connections come, meet and go.</summary>
internal sealed partial class Transition
{
    private static NotificationMessage Rejected { get; } = new(NotificationError.ConnectionRejected);

    private static NotificationMessage LostCollision { get; } = new(NotificationError.ConnectionCollisionResolution);

    private void Open(SessionEvent.ConnectionOpened opened)
    {
        if (opened.IsDialed)
        {
            if (opened.Connection == next.Connection?.Number && next.State == BgpState.Connect) BecomeOpenSent(opened);
            else if (opened.Connection == next.Tracked?.Number && next.Tracked.Sent is null) Track(opened);
            else if (!IsCurrent(opened.Connection)) effects.Add(new SessionEffect.Close(opened.Connection, null));
            return;
        }

        next = next with { LastConnection = opened.Connection };
        switch (next.State)
        {
            // RFC 4271 section 8.2.2: Idle refuses all incoming connections. Those words are RFC 4486's.
            case BgpState.Idle:
                effects.Add(new SessionEffect.Close(opened.Connection, Rejected));
                break;
            case BgpState.Active:
                BecomeOpenSent(opened);
                break;
            // Our own attempt goes on: the router may have accepted it already, and then both sides have to give up the same one.
            case BgpState.Connect:
                next = next with { Tracked = next.Connection };
                BecomeOpenSent(opened);
                break;
            // RFC 4724 section 5: a router that restarts has lost the old connection, whatever it looks like from here. It must not hear a NOTIFICATION.
            // Not so just after we have dialed: that is the other half of a collision, which arrives late.
            case BgpState.Established when next.Terms!.PeerMayRestart && !(next.Connection!.IsDialed && next.Timers.IsRunning(SessionTimer.Stable)):
                CloseAll(null);
                StopAll();
                effects.Add(new SessionEffect.Ended(new(SessionEndReason.PeerRestarted, "the router has connected anew: it has restarted")));
                BecomeOpenSent(opened);
                break;
            default:
                TrackAccepted(opened);
                break;
        }
    }

    /// <summary>Events 16 and 17 in Connect and Active.</summary>
    private void BecomeOpenSent(SessionEvent.ConnectionOpened opened)
    {
        if (next.Tracked is null) StopTimer(SessionTimer.ConnectRetry);
        OpenMessage sent = SendOpen(opened.Connection, opened.Identifier, opened.IsRestart);
        next = next with { State = BgpState.OpenSent, Connection = new(opened.Connection, opened.IsDialed, sent), Terms = null };
        StartTimer(SessionTimer.Hold, settings.OpenHoldTime);
    }

    /// <summary>Of two that the router has opened the older is forgotten, as the router has done already.</summary>
    private void TrackAccepted(SessionEvent.ConnectionOpened opened)
    {
        if (next.Tracked is { IsDialed: false } older)
        {
            effects.Add(new SessionEffect.Close(older.Number, Rejected));
            Track(opened);
        }
        else if (next.Tracked is null) Track(opened);
        else if (next is { State: BgpState.OpenSent, Connection: { IsDialed: false } first })
        {
            effects.Add(new SessionEffect.Close(first.Number, Rejected));
            BecomeOpenSent(opened);
        }
        else effects.Add(new SessionEffect.Close(opened.Connection, Rejected));
    }

    private void Track(SessionEvent.ConnectionOpened opened)
    {
        StopTimer(SessionTimer.ConnectRetry);
        next = next with { Tracked = new(opened.Connection, opened.IsDialed, SendOpen(opened.Connection, opened.Identifier, opened.IsRestart)) };
        StartTimer(SessionTimer.TrackedHold, settings.OpenHoldTime);
    }

    private void DropTracked(NotificationMessage? lastWords)
    {
        SessionConnection tracked = next.Tracked!;
        Close(tracked, lastWords);
        StopTimer(SessionTimer.TrackedHold);
        if (tracked.Sent is null) StopTimer(SessionTimer.ConnectRetry);
        next = next with { Tracked = null };
    }

    /// <summary>The tracked connection takes the place of the first, which is gone.</summary>
    private void Promote()
    {
        foreach (SessionTimer timer in (ReadOnlySpan<SessionTimer>)[SessionTimer.Hold, SessionTimer.Keepalive, SessionTimer.SendHold, SessionTimer.Stable]) StopTimer(timer);
        bool isOpen = next.Tracked!.Sent is not null;
        next = next with { State = isOpen ? BgpState.OpenSent : BgpState.Connect, Connection = next.Tracked, Tracked = null, Terms = null };
        if (!isOpen) return;
        StopTimer(SessionTimer.TrackedHold);
        StartTimer(SessionTimer.Hold, settings.OpenHoldTime);
    }

    /// <summary>Event 18. The other side closes the loser of a collision too, and may be the first to do it.</summary>
    private void Lose(int connection, SessionEnd end)
    {
        if (connection == next.Tracked?.Number)
        {
            DropTracked(null);
            return;
        }
        Close(next.Connection!, null);
        if (next.Tracked is not null)
        {
            if (next.State == BgpState.Established) effects.Add(new SessionEffect.Ended(end));
            Promote();
            return;
        }
        next = next with { Connection = null };
        if (next.State == BgpState.OpenSent) WaitActive(end);
        else Fail(end, null);
    }

    /// <summary>RFC 4271 section 8.2.2: a connection that is lost in OpenSent leads to Active, where the router may connect and the next attempt of ours is due in time.</summary>
    private void WaitActive(SessionEnd end)
    {
        StopAll();
        effects.Add(new SessionEffect.Ended(end));
        int failures = next.Failures + 1;
        next = next with { State = BgpState.Active, Connection = null, Failures = failures };
        if (!IsPassive) StartTimer(SessionTimer.ConnectRetry, settings.RetryAfter(failures), isJittered: true);
    }

    private void Expire(SessionEvent.TimerExpired expired)
    {
        next = next with { Timers = next.Timers.With(expired.Timer, 0) };
        switch (expired.Timer)
        {
            case SessionTimer.IdleHold:
                Begin();
                break;
            case SessionTimer.ConnectRetry when next.State == BgpState.Active:
                Begin();
                break;
            case SessionTimer.ConnectRetry when next.Tracked is { Sent: null }:
                DropTracked(null);
                break;
            case SessionTimer.ConnectRetry:
                Fail(new(SessionEndReason.ConnectTimedOut, $"the router has not answered in {settings.AttemptLimit.TotalSeconds:0} s{settings.SilenceClue}"), null);
                break;
            case SessionTimer.TrackedHold:
                DropTracked(new(NotificationError.HoldTimerExpired));
                break;
            case SessionTimer.Hold when expired.HasUnread:
                StartTimer(SessionTimer.Hold, settings.UnreadGrace);
                break;
            case SessionTimer.Hold:
                TimeSpan silence = next.Terms?.HoldTime ?? settings.OpenHoldTime;
                Fail(new(SessionEndReason.HoldTimerExpired, $"nothing came from the router for {silence.TotalSeconds:0} s"), new(NotificationError.HoldTimerExpired));
                break;
            case SessionTimer.SendHold:
                Fail(new(SessionEndReason.SendHoldTimerExpired, $"the router took nothing for {SendHoldTime.TotalSeconds:0} s"), new(NotificationError.SendHoldTimerExpired));
                break;
            // Event 11.
            case SessionTimer.Keepalive:
                Send(next.Connection!.Number, KeepaliveMessage.Instance);
                StartKeepalive();
                break;
            case SessionTimer.Stable:
                next = next with { Failures = 0 };
                break;
        }
    }

    private TimeSpan SendHoldTime => next.Terms!.HoldTime * 2 is { } twice && twice > settings.LeastSendHoldTime ? twice : settings.LeastSendHoldTime;

    private void StartKeepalive()
    {
        if (next.Terms!.HoldTime > TimeSpan.Zero) StartTimer(SessionTimer.Keepalive, next.Terms.KeepaliveTime, isJittered: true);
    }

    private void StartHold()
    {
        if (next.Terms!.HoldTime > TimeSpan.Zero) StartTimer(SessionTimer.Hold, next.Terms.HoldTime);
    }

    private void StartSendHold()
    {
        if (next.Terms!.HoldTime > TimeSpan.Zero) StartTimer(SessionTimer.SendHold, SendHoldTime);
    }

    /// <summary>RFC 4271 section 8.2.2: whatever is sent makes the next KEEPALIVE later; RFC 9687 section 4: and shows that the router takes it.</summary>
    private void Progress()
    {
        if (next.State != BgpState.Established) return;
        StartKeepalive();
        StartSendHold();
    }
}
