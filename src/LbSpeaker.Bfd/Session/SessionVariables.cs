using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Session;

/// <summary>When a timer is to fire. Whoever hands back the expiry names the epoch; one that was set anew since then is not meant.</summary>
/// <param name="Due">On the clock of the events; <see cref="TimeSpan.MaxValue"/> is never.</param>
public readonly record struct Deadline(TimeSpan Due, uint Epoch)
{
    public static Deadline Never => new(TimeSpan.MaxValue, 0);
}

/// <summary>Where a Poll Sequence stands (RFC 5880 section 6.5).</summary>
public enum PollPhase : byte
{
    Idle,
    /// <summary>The bit P stands in scheduled packets until a Final comes.</summary>
    Polling,
    /// <summary>The Final has come; the next sequence waits for a packet with F clear, so that its Final cannot be mistaken (RFC 5880 section 6.8.3, third choice).</summary>
    Settling,
}

/// <summary>
/// The whole state of one session: the variables of RFC 5880 section 6.8.1 by their names there, and what the procedures of section 6.8 remember between packets. A value;
/// only <see cref="SessionMachine.Step"/> makes a new one.
/// </summary>
public record struct SessionVariables
{
    public BfdState SessionState { get; internal set; }
    public BfdState RemoteSessionState { get; internal set; }
    public uint LocalDiscr { get; internal set; }
    /// <summary>Zero while nothing was heard for a Detection Time.</summary>
    public uint RemoteDiscr { get; internal set; }
    public BfdDiagnostic LocalDiag { get; internal set; }
    public BfdDiagnostic RemoteDiag { get; internal set; }
    /// <summary>Why the session is not Up.</summary>
    public DownReason Reason { get; internal set; }

    /// <summary>bfd.DesiredMinTxInterval as it is advertised.</summary>
    public BfdInterval DesiredMinTx { get; internal set; }
    /// <summary>What transmission keeps to: the advertised value, but for an increase that no Final has confirmed.</summary>
    public BfdInterval TxInForce { get; internal set; }
    /// <summary>bfd.RequiredMinRxInterval as it is advertised.</summary>
    public BfdInterval RequiredMinRx { get; internal set; }
    /// <summary>What detection reckons with: the advertised value, but for a decrease that no Final has confirmed.</summary>
    public BfdInterval RxInForce { get; internal set; }

    public BfdInterval RemoteMinRx { get; internal set; }
    public BfdInterval RemoteDesiredMinTx { get; internal set; }
    public BfdInterval RemoteMinEchoRx { get; internal set; }
    public byte RemoteDetectMult { get; internal set; }
    public bool RemoteDemandMode { get; internal set; }

    public PollPhase Poll { get; internal set; }
    /// <summary>Something changed that a Poll Sequence has to carry, and none that carries it has begun.</summary>
    public bool PollWanted { get; internal set; }

    public uint XmitAuthSeq { get; internal set; }
    public uint RcvAuthSeq { get; internal set; }
    public bool AuthSeqKnown { get; internal set; }

    /// <summary>The last packet sent: a different one is sent without waiting for its time (RFC 5880 section 6.8.7).</summary>
    public ControlPacket LastPacket { get; internal set; }
    public TimeSpan LastSent { get; internal set; }
    /// <summary>What the interval behind <see cref="LastSent"/> is multiplied with.</summary>
    public double Jitter { get; internal set; }
    public TimeSpan LastReceived { get; internal set; }
    /// <summary>There is remote state to be kept (RFC 5880 section 6.8.1, last paragraph).</summary>
    public bool Heard { get; internal set; }

    /// <summary>Sequence numbers of the last echo sent and of the last one that came back.</summary>
    public uint EchoSent { get; internal set; }
    public uint EchoReturned { get; internal set; }
    public TimeSpan LastEchoSent { get; internal set; }
    public TimeSpan EchoAlive { get; internal set; }
    /// <summary>When the first echo left that is still out; nothing counts while none is.</summary>
    public TimeSpan EchoWaitingSince { get; internal set; }
    /// <summary>An echo came back since the session is Up: control packets may be few.</summary>
    public bool EchoActive { get; internal set; }
    /// <summary>An echo came back at some time: this path loops them, so that missing ones mean a failure.</summary>
    public bool EchoProven { get; internal set; }

    public Deadline Transmit { get; internal set; }
    public Deadline Detect { get; internal set; }
    public Deadline EchoTransmit { get; internal set; }
    public Deadline EchoDetect { get; internal set; }

    /// <summary>The agreed interval of our packets, before jitter (RFC 5880 section 6.8.2).</summary>
    public readonly BfdInterval TransmitInterval => BfdInterval.Max(TxInForce, RemoteMinRx);

    /// <summary>The agreed interval of the peer's packets, before jitter.</summary>
    public readonly BfdInterval ReceiveInterval => BfdInterval.Max(RxInForce, RemoteDesiredMinTx);

    /// <summary>RFC 5880 section 6.8.4, asynchronous mode; zero while nothing was heard.</summary>
    public readonly TimeSpan DetectionTime => RemoteDetectMult * ReceiveInterval.ToTimeSpan();

    /// <summary>The peer asked for no periodic packets (RFC 5880 section 6.6).</summary>
    public readonly bool IsRemoteDemandActive => RemoteDemandMode && SessionState == BfdState.Up && RemoteSessionState == BfdState.Up;

    /// <summary>The earliest of its timers.</summary>
    public readonly TimeSpan NextDue
    {
        get
        {
            TimeSpan control = Transmit.Due < Detect.Due ? Transmit.Due : Detect.Due;
            TimeSpan echo = EchoTransmit.Due < EchoDetect.Due ? EchoTransmit.Due : EchoDetect.Due;
            return control < echo ? control : echo;
        }
    }
}
