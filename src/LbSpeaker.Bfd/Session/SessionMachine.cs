using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Session;

/// <summary>
/// The procedures of RFC 5880 section 6.8 as one function over values. It knows no clock, no socket and no chance: time and randomness come with the event.
/// </summary>
/// <remarks>
/// Every event runs through the same stations: what it does to the variables (the table of section 6.2 among it), the intervals that follow from the new state, the one packet
/// that may leave, and the timers.
/// </remarks>
public static class SessionMachine
{
    /// <summary>A session that has not started.</summary>
    /// <param name="discriminator">Unique on this system, not zero, and better not to be guessed (RFC 5880 section 6.8.1).</param>
    /// <param name="authenticationSequence">Random (RFC 5880 section 6.8.1, bfd.XmitAuthSeq).</param>
    public static SessionVariables Create(uint discriminator, uint authenticationSequence, BfdSettings settings)
    {
        SessionVariables next = new()
        {
            SessionState = settings.AdminDown ? BfdState.AdminDown : BfdState.Down,
            LocalDiag = settings.AdminDown ? BfdDiagnostic.AdministrativelyDown : BfdDiagnostic.NoDiagnostic,
            Reason = settings.AdminDown ? DownReason.AdminDown : DownReason.NotYetUp,
            LocalDiscr = discriminator,
            XmitAuthSeq = authenticationSequence,
            Jitter = 1,
            Transmit = Deadline.Never,
            Detect = Deadline.Never,
            EchoTransmit = Deadline.Never,
            EchoDetect = Deadline.Never,
        };
        next.DesiredMinTx = next.TxInForce = DesiredMinTx(next, settings);
        next.RequiredMinRx = next.RxInForce = RequiredMinRx(next, settings);
        Forget(ref next);
        return next;
    }

    public static (SessionVariables Next, SessionEffects Effects) Step(in SessionVariables state, in SessionEvent happened, BfdSettings settings)
    {
        SessionVariables next = state;
        bool scheduled = false, replies = false;
        uint? echo = null;
        DiscardReason? discarded = null;
        switch (happened.Kind)
        {
            case SessionEventKind.Started or SessionEventKind.SettingsChanged:
                Administer(ref next, settings);
                break;
            case SessionEventKind.Received:
                discarded = Receive(ref next, happened, settings);
                replies = discarded is null && happened.Packet.Poll;
                break;
            case SessionEventKind.EchoReturned:
                discarded = ReceiveEcho(ref next, happened);
                break;
            case SessionEventKind.TimerExpired when IsGhost(next, happened):
                return (state, default);
            case SessionEventKind.TimerExpired:
                switch (happened.Timer)
                {
                    case SessionTimer.Transmit:
                        scheduled = true;
                        break;
                    case SessionTimer.Detect:
                        ExpireDetection(ref next);
                        break;
                    case SessionTimer.EchoTransmit:
                        echo = SendEcho(ref next, happened);
                        break;
                    case SessionTimer.EchoDetect:
                        // RFC 5880 section 6.8.5.
                        GoDown(ref next, BfdDiagnostic.EchoFunctionFailed, DownReason.EchoFailed);
                        break;
                }
                break;
        }
        ChangeIntervals(ref next, settings);
        ControlPacket? packet = Emit(ref next, happened, settings, scheduled, replies);
        ArmTransmission(ref next, settings);
        ArmDetection(ref next);
        ArmEcho(ref next, happened.Now, settings);
        return (next, new SessionEffects(packet, echo, next.SessionState != state.SessionState, discarded));
    }

    private static bool IsGhost(in SessionVariables state, in SessionEvent expired) => expired.Number != (expired.Timer switch
    {
        SessionTimer.Transmit => state.Transmit,
        SessionTimer.Detect => state.Detect,
        SessionTimer.EchoTransmit => state.EchoTransmit,
        _ => state.EchoDetect,
    }).Epoch;

    /// <summary>RFC 5880 section 6.8.16.</summary>
    private static void Administer(ref SessionVariables next, BfdSettings settings)
    {
        if (settings.AdminDown && next.SessionState != BfdState.AdminDown)
        {
            GoDown(ref next, BfdDiagnostic.AdministrativelyDown, DownReason.AdminDown);
            next.SessionState = BfdState.AdminDown;
        }
        else if (!settings.AdminDown && next.SessionState == BfdState.AdminDown)
        {
            next.SessionState = BfdState.Down;
            next.LocalDiag = BfdDiagnostic.NoDiagnostic;
            next.Reason = DownReason.NotYetUp;
        }
    }

    /// <summary>RFC 5880 section 6.8.6 from where the session is found and the packet authentic, in its order.</summary>
    private static DiscardReason? Receive(ref SessionVariables next, in SessionEvent happened, BfdSettings settings)
    {
        ControlPacket packet = happened.Packet;
        if (settings.Authentication is not null)
        {
            next.AuthSeqKnown = true;
            next.RcvAuthSeq = packet.Authentication.Sequence;
        }
        next.Heard = true;
        next.LastReceived = happened.Now;
        next.RemoteDiscr = packet.MyDiscriminator;
        next.RemoteSessionState = packet.State;
        next.RemoteDiag = packet.Diagnostic;
        next.RemoteDemandMode = packet.Demand;
        next.RemoteMinRx = packet.RequiredMinRx;
        next.RemoteMinEchoRx = packet.RequiredMinEchoRx;
        next.RemoteDesiredMinTx = packet.DesiredMinTx;
        next.RemoteDetectMult = packet.DetectMultiplier;
        // "If a Poll Sequence is being transmitted by the local system and the Final (F) bit in the received packet is set, the Poll Sequence MUST be terminated."
        if (packet.Final && next.Poll == PollPhase.Polling)
        {
            next.Poll = PollPhase.Settling;
            next.TxInForce = next.DesiredMinTx;
            next.RxInForce = next.RequiredMinRx;
        }
        else if (!packet.Final && next.Poll == PollPhase.Settling) next.Poll = PollPhase.Idle;

        if (next.SessionState == BfdState.AdminDown) return DiscardReason.AdminDown;
        switch (next.SessionState, packet.State)
        {
            case (BfdState.Init or BfdState.Up, BfdState.AdminDown):
                GoDown(ref next, BfdDiagnostic.NeighborSignaledSessionDown, DownReason.NeighborAdminDown);
                break;
            case (BfdState.Down, BfdState.Down):
                next.SessionState = BfdState.Init;
                break;
            case (BfdState.Down, BfdState.Init):
            case (BfdState.Init, BfdState.Init or BfdState.Up):
                next.SessionState = BfdState.Up;
                next.Reason = DownReason.None;
                break;
            case (BfdState.Up, BfdState.Down):
                GoDown(ref next, BfdDiagnostic.NeighborSignaledSessionDown, DownReason.NeighborDown);
                break;
        }
        return null;
    }

    private static DiscardReason? ReceiveEcho(ref SessionVariables next, in SessionEvent happened)
    {
        uint behind = unchecked(next.EchoSent - happened.Number), ahead = unchecked(happened.Number - next.EchoReturned);
        if (next.SessionState != BfdState.Up || behind >= int.MaxValue || ahead is 0 or >= int.MaxValue) return DiscardReason.EchoStale;
        next.EchoReturned = happened.Number;
        next.EchoAlive = happened.Now;
        next.EchoWaitingSince = next.LastEchoSent;
        next.EchoActive = next.EchoProven = true;
        return null;
    }

    private static uint SendEcho(ref SessionVariables next, in SessionEvent happened)
    {
        next.LastEchoSent = happened.Now;
        if (next.EchoSent == next.EchoReturned) next.EchoWaitingSince = happened.Now;
        return unchecked(++next.EchoSent);
    }

    private static void GoDown(ref SessionVariables next, BfdDiagnostic diagnostic, DownReason reason)
    {
        next.SessionState = BfdState.Down;
        next.LocalDiag = diagnostic;
        next.Reason = reason;
        next.EchoActive = false;
    }

    /// <summary>A Detection Time, and then another one, without a packet.</summary>
    private static void ExpireDetection(ref SessionVariables next)
    {
        if (next.RemoteDiscr == 0)
        {
            // RFC 5880 section 6.8.1: bfd.AuthSeqKnown "MUST be set to zero after no packets have been received on this session for at least twice the Detection Time".
            next.AuthSeqKnown = false;
            next.Heard = false;
            return;
        }
        // RFC 5880 section 6.8.4.
        if (next.SessionState is BfdState.Init or BfdState.Up) GoDown(ref next, BfdDiagnostic.ControlDetectionTimeExpired, DownReason.DetectionTimeExpired);
        Forget(ref next);
        next.Heard = next.AuthSeqKnown;
    }

    /// <summary>RFC 5880 sections 6.8.1 and 6.8.18: what is known of the peer goes back to its first values, and with nobody there to answer no poll runs on.</summary>
    private static void Forget(ref SessionVariables next)
    {
        next.RemoteDiscr = 0;
        next.RemoteSessionState = BfdState.Down;
        next.RemoteDemandMode = false;
        next.RemoteMinRx = new(1);
        next.RemoteMinEchoRx = BfdInterval.Zero;
        next.Poll = PollPhase.Idle;
        next.PollWanted = false;
    }

    /// <summary>RFC 5880 section 6.8.3: not below a second unless Up.</summary>
    private static BfdInterval DesiredMinTx(in SessionVariables state, BfdSettings settings) =>
        state.SessionState == BfdState.Up ? settings.TransmitInterval : BfdInterval.Max(settings.TransmitInterval, BfdInterval.OneSecond);

    /// <summary>RFC 5880 section 6.8.3: not below a second while echoes watch the path.</summary>
    private static BfdInterval RequiredMinRx(in SessionVariables state, BfdSettings settings) =>
        state.EchoActive ? BfdInterval.Max(settings.ReceiveInterval, BfdInterval.OneSecond) : settings.ReceiveInterval;

    /// <summary>RFC 5880 section 6.8.3: which change takes effect at once, and which waits for the Final.</summary>
    private static void ChangeIntervals(ref SessionVariables next, BfdSettings settings)
    {
        if (next.SessionState == BfdState.Up && (next.RemoteMinEchoRx == BfdInterval.Zero || settings.EchoInterval is null)) next.EchoActive = false;
        BfdInterval tx = DesiredMinTx(next, settings), rx = RequiredMinRx(next, settings);
        if (tx == next.DesiredMinTx && rx == next.RequiredMinRx) return;
        bool up = next.SessionState == BfdState.Up;
        // One sequence carries one set of values, so that its Final says which; a session that is not Up may not wait.
        if (up && next.Poll != PollPhase.Idle) return;
        next.DesiredMinTx = tx;
        next.RequiredMinRx = rx;
        if (!up || tx < next.TxInForce) next.TxInForce = tx;
        if (!up || rx > next.RxInForce) next.RxInForce = rx;
        if (next.RemoteDiscr != 0) next.PollWanted = true;
    }

    /// <summary>RFC 5880 section 6.8.7: the packet that this step sends, if any. One is enough: a Final carries new contents as well.</summary>
    private static ControlPacket? Emit(ref SessionVariables next, in SessionEvent happened, BfdSettings settings, bool scheduled, bool replies)
    {
        bool silent = settings.Passive && next.RemoteDiscr == 0;
        if (silent && !replies) return null;
        if (scheduled && next.PollWanted && next.Poll == PollPhase.Idle)
        {
            next.Poll = PollPhase.Polling;
            next.PollWanted = false;
        }
        ControlPacket packet = Compose(next, settings) with { Final = replies, Poll = scheduled && !replies && next.Poll == PollPhase.Polling };
        bool changed = !packet.HasSameContents(next.LastPacket);
        // Between the periodic packets one more goes out when it says something new. A peer in Demand mode is told by a Poll Sequence (section 6.6), and one that wants
        // no packets gets none.
        if (changed && !scheduled && next.IsRemoteDemandActive) next.PollWanted = true;
        bool unscheduled = changed && next.RemoteMinRx != BfdInterval.Zero && !next.IsRemoteDemandActive;
        if (!scheduled && !replies && !unscheduled) return null;
        if (settings.Authentication is { } authentication)
        {
            // RFC 5880 sections 6.7.3 and 6.7.4: with every packet where meticulous, else when the contents change.
            if (authentication.IsMeticulous || changed) next.XmitAuthSeq++;
            packet = packet with { Authentication = packet.Authentication with { Sequence = next.XmitAuthSeq } };
        }
        next.LastPacket = packet;
        if (!replies)
        {
            next.LastSent = happened.Now;
            next.Jitter = JitterOf(happened.Random, settings.DetectMultiplier);
        }
        return packet;
    }

    private static ControlPacket Compose(in SessionVariables state, BfdSettings settings) => new()
    {
        Diagnostic = state.LocalDiag,
        State = state.SessionState,
        DetectMultiplier = settings.DetectMultiplier,
        MyDiscriminator = state.LocalDiscr,
        YourDiscriminator = state.RemoteDiscr,
        DesiredMinTx = state.DesiredMinTx,
        RequiredMinRx = state.RequiredMinRx,
        RequiredMinEchoRx = settings is { LoopsEchoes: true, EchoInterval: { } echo } ? echo : BfdInterval.Zero,
        Authentication = settings.Authentication is { } authentication ? new(authentication.Type, 0, authentication.Keys[0].Id, 0) : default,
    };

    /// <summary>RFC 5880 section 6.8.7: 75 to 100 % of the interval, 75 to 90 % where the peer forgives no loss.</summary>
    private static double JitterOf(double random, byte multiplier) => 0.75 + random * (multiplier == 1 ? 0.15 : 0.25);

    private static void ArmTransmission(ref SessionVariables next, BfdSettings settings)
    {
        bool periodic = next.RemoteMinRx != BfdInterval.Zero
            && (!settings.Passive || next.RemoteDiscr != 0)
            && (!next.IsRemoteDemandActive || next.PollWanted || next.Poll == PollPhase.Polling);
        next.Transmit = Arm(next.Transmit, periodic ? next.LastSent + next.TransmitInterval.ToTimeSpan() * next.Jitter : TimeSpan.MaxValue);
    }

    private static void ArmDetection(ref SessionVariables next)
    {
        if (!next.Heard) next.Detect = Arm(next.Detect, TimeSpan.MaxValue);
        else next.Detect = Arm(next.Detect, next.LastReceived + next.DetectionTime * (next.RemoteDiscr == 0 ? 2 : 1));
    }

    /// <summary>RFC 5880 section 6.8.9: only while Up, only as often as the peer allows.</summary>
    private static void ArmEcho(ref SessionVariables next, TimeSpan now, BfdSettings settings)
    {
        if (next.SessionState != BfdState.Up || settings.EchoInterval is not { } wanted || next.RemoteMinEchoRx == BfdInterval.Zero)
        {
            next.EchoTransmit = Arm(next.EchoTransmit, TimeSpan.MaxValue);
            next.EchoDetect = Arm(next.EchoDetect, TimeSpan.MaxValue);
            return;
        }
        TimeSpan interval = BfdInterval.Max(wanted, next.RemoteMinEchoRx).ToTimeSpan();
        if (next.EchoTransmit.Due == TimeSpan.MaxValue)
        {
            next.LastEchoSent = now - interval;
            next.EchoAlive = now;
            next.EchoReturned = next.EchoSent;
        }
        next.EchoTransmit = Arm(next.EchoTransmit, next.LastEchoSent + interval * next.Jitter);
        // A path that never returned one does not loop echoes: that is a setting somewhere, not a failure. Nor is it the path's when none was sent.
        bool counts = next.EchoProven && next.EchoSent != next.EchoReturned;
        TimeSpan silence = next.EchoAlive + interval * settings.DetectMultiplier, patience = next.EchoWaitingSince + interval * Math.Max(settings.DetectMultiplier - 1, 1);
        next.EchoDetect = Arm(next.EchoDetect, !counts ? TimeSpan.MaxValue : silence > patience ? silence : patience);
    }

    private static Deadline Arm(Deadline timer, TimeSpan due) => timer.Due == due ? timer : new(due, unchecked(timer.Epoch + 1));
}
