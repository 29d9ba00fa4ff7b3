using CsCheck;
using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>What holds for two sessions on any wire.</summary>
public sealed class SimulationLaws
{
    private const int Runs = 1000;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private static readonly Gen<BfdSettings> Settings =
        from numbers in Gen.Select(Gen.Int[10, 400], Gen.Int[10, 400], Gen.Byte[3, 6])
        select new BfdSettings { TransmitInterval = BfdInterval.FromMilliseconds(numbers.Item1), ReceiveInterval = BfdInterval.FromMilliseconds(numbers.Item2), DetectMultiplier = numbers.Item3 };

    /// <summary>Two settings, and a seed for everything that the wire does.</summary>
    private static readonly Gen<(BfdSettings Left, BfdSettings Right, int Seed)> Pairs = Gen.Select(Settings, Settings, Gen.Int);

    /// <summary>The shortest that one of both sides may be told to wait between two packets.</summary>
    private static TimeSpan Shortest(BfdSettings left, BfdSettings right) =>
        TimeSpan.FromMicroseconds(Math.Min(Math.Max(left.TransmitInterval.Microseconds, right.ReceiveInterval.Microseconds), Math.Max(right.TransmitInterval.Microseconds, left.ReceiveInterval.Microseconds)));

    /// <summary>Up, the Poll Sequences done, and everything agreed in force at both ends.</summary>
    private static VirtualWire Settled(BfdSettings left, BfdSettings right, int seed, WireQuality quality)
    {
        VirtualWire wire = new(seed, left, right, quality);
        Assert.True(wire.RunUntil(() => wire.BothUp && IsSettled(wire.Left) && IsSettled(wire.Right), Long));
        wire.Run(TimeSpan.FromSeconds(5));
        Assert.True(wire.BothUp);
        wire.Left.Changes.Clear();
        wire.Right.Changes.Clear();
        return wire;
    }

    private static bool IsSettled(VirtualWire.End end) =>
        end.State is { Poll: PollPhase.Idle, PollWanted: false } state && state.TxInForce == end.Settings.TransmitInterval && state.RxInForce == state.RequiredMinRx;

    private static WireQuality Calm(BfdSettings left, BfdSettings right, double share = 0.4) => new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1) + Shortest(left, right) * share, 0, 0);

    [Fact]
    public void Both_come_Up_over_a_bad_wire() => Pairs.Sample(run =>
    {
        VirtualWire wire = new(run.Seed, run.Left, run.Right, new(TimeSpan.Zero, TimeSpan.FromMilliseconds(80), 0.3, int.MaxValue));
        Assert.True(wire.RunUntil(() => wire.BothUp, Long));
    }, iter: Runs);

    [Fact]
    public void Both_come_Up_with_authentication_over_a_bad_wire() => Gen.Select(Pairs, Gen.Enum<BfdAuthenticationType>()).Sample((run, type) =>
    {
        if (type == BfdAuthenticationType.None) return;
        BfdAuthentication authentication = new(type, new[] { BfdKey.FromText(1, "secret") }.ToValueArray());
        VirtualWire wire = new(run.Seed, run.Left with { Authentication = authentication }, run.Right with { Authentication = authentication }, new(TimeSpan.Zero, TimeSpan.FromMilliseconds(5), 0.2, int.MaxValue));
        Assert.True(wire.RunUntil(() => wire.BothUp, Long));
    }, iter: Runs / 3);

    /// <summary>The last packet arrives at most the longest delay after the cut; the one before it was due at most an interval before.</summary>
    [Fact]
    public void A_cut_is_noticed_within_the_detection_time_and_not_before() => Pairs.Sample(run =>
    {
        WireQuality quality = Calm(run.Left, run.Right);
        VirtualWire wire = Settled(run.Left, run.Right, run.Seed, quality);
        wire.Run(TimeSpan.FromMilliseconds((uint)run.Seed % 500));
        TimeSpan cut = wire.Now;
        (VirtualWire.End End, TimeSpan Detection, TimeSpan Interval)[] ends = [.. new[] { wire.Left, wire.Right }.Select(e => (e, e.State.DetectionTime, e.State.ReceiveInterval.ToTimeSpan()))];
        wire.Left.IsCut = wire.Right.IsCut = true;
        wire.Run(TimeSpan.FromSeconds(20));
        foreach ((VirtualWire.End end, TimeSpan detection, TimeSpan interval) in ends)
        {
            (TimeSpan at, BfdState state, DownReason reason) = Assert.Single(end.Changes);
            Assert.Equal((BfdState.Down, DownReason.DetectionTimeExpired), (state, reason));
            Assert.InRange(at - cut, detection - interval, detection + quality.MostDelay);
        }
    }, iter: Runs);

    [Fact]
    public void A_cut_of_one_direction_takes_down_both_ends() => Pairs.Sample(run =>
    {
        WireQuality quality = Calm(run.Left, run.Right);
        VirtualWire wire = Settled(run.Left, run.Right, run.Seed, quality);
        TimeSpan cut = wire.Now, bound = wire.Right.State.DetectionTime + quality.MostDelay;
        wire.Left.IsCut = true;
        Assert.True(wire.RunUntil(() => wire.Left.State.SessionState == BfdState.Down, bound + quality.MostDelay));
        Assert.Equal(DownReason.DetectionTimeExpired, wire.Right.Changes[0].Reason);
        Assert.Equal(DownReason.NeighborDown, wire.Left.Changes[0].Reason);
        Assert.True(wire.Right.Changes[0].At - cut <= bound);
        wire.Run(TimeSpan.FromSeconds(20));
        Assert.NotEqual(BfdState.Up, wire.Right.State.SessionState);
        // And up again once the direction is back.
        wire.Left.IsCut = false;
        Assert.True(wire.RunUntil(() => wire.BothUp, Long));
    }, iter: Runs);

    /// <summary>On a wire of constant delay one packet less than the multiplier may be lost in a row.</summary>
    [Fact]
    public void Without_the_loss_of_as_many_packets_as_the_multiplier_says_nothing_goes_down() => Gen.Select(Pairs, Gen.Int[0, 40]).Sample((run, delay) =>
    {
        TimeSpan constant = TimeSpan.FromMilliseconds(delay);
        VirtualWire wire = Settled(run.Left, run.Right, run.Seed, new(constant, constant, 0, 0));
        wire.Left.Out = new(constant, constant, 0.5, run.Left.DetectMultiplier - 1);
        wire.Right.Out = new(constant, constant, 0.5, run.Right.DetectMultiplier - 1);
        wire.Run(TimeSpan.FromSeconds(60));
        Assert.Empty(wire.Left.Changes);
        Assert.Empty(wire.Right.Changes);
    }, iter: Runs / 3);

    [Fact]
    public void Delays_that_vary_by_less_than_an_interval_cost_no_more_than_one_packet() => Pairs.Sample(run =>
    {
        WireQuality calm = Calm(run.Left, run.Right, 0.9);
        VirtualWire wire = Settled(run.Left, run.Right, run.Seed, calm);
        wire.Left.Out = calm with { Loss = 0.5, LongestLoss = run.Left.DetectMultiplier - 2 };
        wire.Right.Out = calm with { Loss = 0.5, LongestLoss = run.Right.DetectMultiplier - 2 };
        wire.Run(TimeSpan.FromSeconds(60));
        Assert.Empty(wire.Left.Changes);
        Assert.Empty(wire.Right.Changes);
    }, iter: Runs / 3);

    /// <summary>Any change of intervals and multipliers at any time on either side, with one packet lost now and then.</summary>
    [Fact]
    public void Changed_settings_cost_no_flap_and_come_into_force() => Gen.Select(Pairs, Gen.Select(Settings, Gen.Int[0, 2000], Gen.Bool).Array[1, 6]).Sample((run, changes) =>
    {
        WireQuality quality = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(3), 0.2, 1);
        VirtualWire wire = Settled(run.Left, run.Right, run.Seed, quality);
        foreach ((BfdSettings settings, int milliseconds, bool left) in changes)
        {
            wire.Set(left ? wire.Left : wire.Right, settings);
            wire.Run(TimeSpan.FromMilliseconds(milliseconds));
        }
        Assert.True(wire.RunUntil(() => IsSettled(wire.Left) && IsSettled(wire.Right), TimeSpan.FromSeconds(60)));
        wire.Run(TimeSpan.FromSeconds(5));
        Assert.Empty(wire.Left.Changes);
        Assert.Empty(wire.Right.Changes);
        Assert.Equal(wire.Right.State.ReceiveInterval, wire.Left.State.TransmitInterval);
        Assert.Equal(wire.Left.State.ReceiveInterval, wire.Right.State.TransmitInterval);
        Assert.Equal(wire.Right.Settings.DetectMultiplier * wire.Left.State.ReceiveInterval.ToTimeSpan(), wire.Left.State.DetectionTime);
    }, iter: Runs);

    [Fact]
    public void A_restart_of_one_side_is_noticed_and_recovered_from() => Pairs.Sample(run =>
    {
        VirtualWire wire = Settled(run.Left, run.Right, run.Seed, Calm(run.Left, run.Right));
        wire.Start(wire.Left);
        // A packet from before the restart may come late and be taken for the peer's; the next one sets that right.
        Assert.True(wire.RunUntil(() => wire.BothUp && wire.Right.Changes.Count > 0 && wire.Left.State.LocalDiscr == wire.Right.State.RemoteDiscr, Long));
        Assert.Equal((BfdState.Down, DownReason.NeighborDown), (wire.Right.Changes[0].State, wire.Right.Changes[0].Reason));
    }, iter: Runs);

    [Fact]
    public void One_passive_side_is_woken_by_the_other_and_two_never_speak() => Pairs.Sample(run =>
    {
        VirtualWire one = new(run.Seed, run.Left with { Passive = true }, run.Right, Calm(run.Left, run.Right));
        Assert.True(one.RunUntil(() => one.BothUp, Long));
        VirtualWire both = new(run.Seed, run.Left with { Passive = true }, run.Right with { Passive = true }, Calm(run.Left, run.Right));
        both.Run(Long);
        Assert.Equal((0, 0), (both.Left.Sent, both.Right.Sent));
    }, iter: Runs / 3);

    [Fact]
    public void AdminDown_is_no_failure_for_the_other_side_and_ends_when_it_is_lifted() => Pairs.Sample(run =>
    {
        VirtualWire wire = Settled(run.Left, run.Right, run.Seed, Calm(run.Left, run.Right));
        wire.Set(wire.Left, run.Left with { AdminDown = true });
        wire.Run(TimeSpan.FromSeconds(20));
        Assert.Equal([(BfdState.AdminDown, DownReason.AdminDown)], wire.Left.Changes.Select(c => (c.State, c.Reason)));
        Assert.Equal([(BfdState.Down, DownReason.NeighborAdminDown)], wire.Right.Changes.Select(c => (c.State, c.Reason)));
        wire.Set(wire.Left, run.Left);
        Assert.True(wire.RunUntil(() => wire.BothUp, Long));
    }, iter: Runs);

    [Fact]
    public void Echoes_slow_the_control_packets_down_and_find_what_these_do_not() => Gen.Select(Pairs, Gen.Int[10, 200]).Sample((run, interval) =>
    {
        BfdInterval echo = BfdInterval.FromMilliseconds(interval);
        WireQuality quality = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(4), 0, 0);
        VirtualWire wire = Settled(run.Left with { EchoInterval = echo, LoopsEchoes = true }, run.Right with { EchoInterval = echo, LoopsEchoes = true }, run.Seed, quality);
        Assert.Equal(BfdInterval.OneSecond, wire.Left.State.RequiredMinRx);
        int sent = wire.Right.Sent;
        wire.Run(TimeSpan.FromSeconds(20));
        Assert.InRange(wire.Right.Sent - sent, 19, 28);
        Assert.Empty(wire.Left.Changes);

        TimeSpan cut = wire.Now;
        wire.Left.EchoIsCut = true;
        Assert.True(wire.RunUntil(() => wire.Left.Changes.Count > 0, Long));
        Assert.Equal((BfdState.Down, DownReason.EchoFailed), (wire.Left.Changes[0].State, wire.Left.Changes[0].Reason));
        Assert.True(wire.Now - cut <= run.Left.DetectMultiplier * echo.ToTimeSpan() + 2 * quality.MostDelay);
    }, iter: Runs / 3);

    /// <summary>RFC 5880 section 6.8.7, seen from outside: whoever is Up and has no loss sends at the agreed rate less jitter, no more and no less.</summary>
    [Fact]
    public void Both_keep_to_the_agreed_rate() => Pairs.Sample(run =>
    {
        VirtualWire wire = Settled(run.Left, run.Right, run.Seed, WireQuality.Perfect);
        int before = wire.Left.Sent;
        wire.Run(TimeSpan.FromSeconds(30));
        double intervals = TimeSpan.FromSeconds(30) / wire.Left.State.TransmitInterval.ToTimeSpan();
        Assert.InRange(wire.Left.Sent - before, intervals - 1, intervals / 0.75 + 1);
    }, iter: Runs / 3);
}
