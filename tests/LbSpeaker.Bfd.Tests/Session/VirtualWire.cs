using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>How a wire treats what is sent into it.</summary>
/// <param name="Loss">The chance that a packet is lost, 0 to 1.</param>
/// <param name="LongestLoss">No more packets than that are lost in a row.</param>
internal sealed record WireQuality(TimeSpan LeastDelay, TimeSpan MostDelay, double Loss, int LongestLoss)
{
    public static WireQuality Perfect { get; } = new(TimeSpan.Zero, TimeSpan.Zero, 0, 0);
}

/// <summary>
/// Two sessions and the wire between them on a virtual clock: packets are lost, delayed and overtaken by chance, and every timer that was ever set comes back, the outdated ones
/// too. One seed gives one run.
/// </summary>
internal sealed class VirtualWire
{
    internal sealed class End(BfdSettings settings)
    {
        public SessionVariables State { get; set; }

        public BfdSettings Settings { get; set; } = settings;

        public WireQuality Out { get; set; } = WireQuality.Perfect;

        /// <summary>Nothing leaves any more.</summary>
        public bool IsCut { get; set; }

        /// <summary>Echoes do not come back any more.</summary>
        public bool EchoIsCut { get; set; }

        public int LostInARow { get; set; }

        public int Sent { get; set; }

        /// <summary>Distinguishes a session from the one before a restart.</summary>
        public int Generation { get; set; }

        public List<(TimeSpan At, BfdState State, DownReason Reason)> Changes { get; } = [];
    }

    private readonly Random random;
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> queue = new();
    private readonly byte[] buffer = new byte[ControlPacket.MaxLength];
    private long order;

    public VirtualWire(int seed, BfdSettings left, BfdSettings right, WireQuality quality)
    {
        random = new Random(seed);
        Left = new End(left) { Out = quality };
        Right = new End(right) { Out = quality };
        Start(Left);
        Start(Right);
    }

    public End Left { get; }

    public End Right { get; }

    public TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(12.5);

    public bool BothUp => Left.State.SessionState == BfdState.Up && Right.State.SessionState == BfdState.Up;

    /// <summary>The end's program starts anew: nothing of its session is left.</summary>
    public void Start(End end)
    {
        end.Generation++;
        end.State = SessionMachine.Create((uint)random.NextInt64(1, uint.MaxValue), (uint)random.NextInt64(0, uint.MaxValue), end.Settings);
        Step(end, SessionEvent.Started(Now, random.NextDouble()));
    }

    public void Set(End end, BfdSettings settings)
    {
        end.Settings = settings;
        Step(end, SessionEvent.SettingsChanged(Now, random.NextDouble()));
    }

    public void Run(TimeSpan time) => RunUntil(() => false, time);

    /// <summary>True as soon as it holds; false when the time is over.</summary>
    public bool RunUntil(Func<bool> holds, TimeSpan time)
    {
        TimeSpan end = Now + time;
        for (int steps = 0; !holds(); steps++)
        {
            Assert.True(steps < 2_000_000, "the simulation runs away");
            if (!queue.TryPeek(out Action? action, out (TimeSpan At, long) next) || next.At > end)
            {
                Now = end;
                return holds();
            }
            queue.Dequeue();
            if (next.At > Now) Now = next.At;
            action();
        }
        return true;
    }

    private void Step(End end, in SessionEvent happened)
    {
        SessionVariables before = end.State;
        (end.State, SessionEffects effects) = SessionMachine.Step(before, happened, end.Settings);
        if (effects.StateChanged) end.Changes.Add((Now, end.State.SessionState, end.State.Reason));
        if (effects.Control is { } packet) Send(end, packet);
        if (effects.Echo is { } sequence) SendEcho(end, sequence);
        Plan(end, SessionTimer.Transmit, before.Transmit, end.State.Transmit);
        Plan(end, SessionTimer.Detect, before.Detect, end.State.Detect);
        Plan(end, SessionTimer.EchoTransmit, before.EchoTransmit, end.State.EchoTransmit);
        Plan(end, SessionTimer.EchoDetect, before.EchoDetect, end.State.EchoDetect);
    }

    private void Plan(End end, SessionTimer timer, Deadline before, Deadline after)
    {
        if (before.Epoch == after.Epoch || after.Due == TimeSpan.MaxValue) return;
        int generation = end.Generation;
        At(after.Due, () =>
        {
            if (end.Generation == generation) Step(end, SessionEvent.TimerExpired(Now, random.NextDouble(), timer, after.Epoch));
        });
    }

    private void Send(End from, ControlPacket packet)
    {
        from.Sent++;
        if (from.IsCut || IsLost(from)) return;
        int length = packet.Encode(buffer);
        if (from.Settings.Authentication is { } authentication) length = PacketAuthenticator.Sign(buffer, authentication, packet.Authentication.Sequence);
        byte[] octets = buffer[..length];
        End to = from == Left ? Right : Left;
        At(Now + Delay(from.Out), () => Receive(to, octets));
    }

    /// <summary>What the engine does with a datagram.</summary>
    private void Receive(End to, byte[] octets)
    {
        Assert.Null(ControlPacket.TryDecode(octets, out ControlPacket packet));
        if (packet.YourDiscriminator != 0 && packet.YourDiscriminator != to.State.LocalDiscr) return;
        if (PacketAuthenticator.Check(octets, packet, to.Settings.Authentication, to.State.AuthSeqKnown ? to.State.RcvAuthSeq : null) is not null) return;
        Step(to, SessionEvent.Received(Now, random.NextDouble(), packet));
    }

    private void SendEcho(End from, uint sequence)
    {
        if (from.EchoIsCut || from.IsCut || IsLost(from)) return;
        At(Now + Delay(from.Out) + Delay(from.Out), () => Step(from, SessionEvent.EchoReturned(Now, random.NextDouble(), sequence)));
    }

    private bool IsLost(End from)
    {
        bool lost = from.LostInARow < from.Out.LongestLoss && random.NextDouble() < from.Out.Loss;
        from.LostInARow = lost ? from.LostInARow + 1 : 0;
        return lost;
    }

    private TimeSpan Delay(WireQuality quality) => quality.LeastDelay + (quality.MostDelay - quality.LeastDelay) * random.NextDouble();

    private void At(TimeSpan at, Action action) => queue.Enqueue(action, (at, order++));
}
