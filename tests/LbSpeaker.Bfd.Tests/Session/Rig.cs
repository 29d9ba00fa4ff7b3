using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>One session on a virtual clock, with the test as its peer.</summary>
internal sealed class Rig
{
    public const uint Own = 0xA, Peer = 0xB;

    private SessionVariables state;

    public Rig(BfdSettings? settings = null, uint authenticationSequence = 0)
    {
        Settings = settings ?? Fast;
        state = SessionMachine.Create(Own, authenticationSequence, Settings);
        Step(SessionEvent.Started(Now, Random));
    }

    /// <summary>50 ms three times.</summary>
    public static BfdSettings Fast { get; } = new() { TransmitInterval = Ms(50), ReceiveInterval = Ms(50) };

    public static BfdInterval Ms(int milliseconds) => BfdInterval.FromMilliseconds(milliseconds);

    public static TimeSpan Time(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    public BfdSettings Settings { get; private set; }

    public SessionVariables State => state;

    public TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(1000);

    /// <summary>0 makes intervals the shortest that jitter allows.</summary>
    public double Random { get; set; }

    public List<(TimeSpan At, ControlPacket Packet)> Sent { get; } = [];

    public List<(TimeSpan At, uint Sequence)> Echoes { get; } = [];

    public List<BfdState> Changes { get; } = [];

    public DiscardReason? LastDiscard { get; private set; }

    public ControlPacket Last => Sent[^1].Packet;

    public void Set(BfdSettings settings)
    {
        Settings = settings;
        Step(SessionEvent.SettingsChanged(Now, Random));
    }

    /// <summary>A packet as a peer in this state sends it, knowing us.</summary>
    public ControlPacket FromPeer(BfdState remote) => new()
    {
        State = remote, DetectMultiplier = 3, MyDiscriminator = Peer, YourDiscriminator = Own,
        DesiredMinTx = remote == BfdState.Up ? BfdInterval.FromMilliseconds(50) : BfdInterval.OneSecond, RequiredMinRx = BfdInterval.FromMilliseconds(50),
    };

    public void Receive(BfdState remote) => Receive(FromPeer(remote));

    public void Receive(ControlPacket packet) => Step(SessionEvent.Received(Now, Random, packet));

    public void ReturnEcho(uint sequence) => Step(SessionEvent.EchoReturned(Now, Random, sequence));

    public void Step(in SessionEvent happened)
    {
        (state, SessionEffects effects) = SessionMachine.Step(state, happened, Settings);
        if (effects.Control is { } packet) Sent.Add((Now, packet));
        if (effects.Echo is { } sequence) Echoes.Add((Now, sequence));
        if (effects.StateChanged) Changes.Add(state.SessionState);
        LastDiscard = effects.Discarded;
    }

    /// <summary>The peer's three packets that bring the session Up, with its poll answered and ours confirmed, so that everything agreed is in force.</summary>
    public Rig Up()
    {
        Receive(BfdState.Down);
        Receive(FromPeer(BfdState.Init));
        Receive(FromPeer(BfdState.Up) with { Poll = true });
        Settle();
        Assert.Equal(BfdState.Up, state.SessionState);
        return this;
    }

    /// <summary>Lets a Poll Sequence begin, confirms it, and goes on with a plain packet.</summary>
    public void Settle()
    {
        Advance(TimeSpan.FromMilliseconds(60));
        Assert.True(Sent.Any(s => s.Packet.Poll), "no Poll Sequence has begun");
        Receive(FromPeer(BfdState.Up) with { Final = true });
        Receive(BfdState.Up);
        Sent.Clear();
        Echoes.Clear();
    }

    /// <summary>Lets time pass, and every timer that falls in it expire at its moment.</summary>
    public void Advance(TimeSpan time)
    {
        TimeSpan end = Now + time;
        while (state.NextDue <= end)
        {
            if (state.NextDue > Now) Now = state.NextDue;
            (SessionTimer timer, Deadline deadline) = new[]
            {
                (SessionTimer.Detect, state.Detect), (SessionTimer.EchoDetect, state.EchoDetect), (SessionTimer.Transmit, state.Transmit), (SessionTimer.EchoTransmit, state.EchoTransmit),
            }.First(t => t.Item2.Due == state.NextDue);
            Step(SessionEvent.TimerExpired(Now, Random, timer, deadline.Epoch));
        }
        Now = end;
    }

    public void Advance(int milliseconds) => Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Time passes while the peer sends what it sends, every so often.</summary>
    public void AdvanceHearing(int milliseconds, int every, BfdState remote = BfdState.Up) => AdvanceHearing(milliseconds, every, FromPeer(remote));

    public void AdvanceHearing(int milliseconds, int every, ControlPacket packet)
    {
        for (int passed = 0; passed < milliseconds; passed += every)
        {
            Advance(every);
            Receive(packet);
        }
    }
}
