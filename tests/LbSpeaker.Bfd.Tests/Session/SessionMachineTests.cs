using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>What RFC 5880 demands of a session; the room's README names these tests beside the sentences.</summary>
public sealed class SessionMachineTests
{
    private static BfdInterval Ms(int milliseconds) => BfdInterval.FromMilliseconds(milliseconds);

    private static TimeSpan Time(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void The_variables_begin_as_the_standard_says()
    {
        SessionVariables state = SessionMachine.Create(Rig.Own, 99, Rig.Fast);
        Assert.Equal(BfdState.Down, state.SessionState);
        Assert.Equal(BfdState.Down, state.RemoteSessionState);
        Assert.Equal(0u, state.RemoteDiscr);
        Assert.Equal(BfdDiagnostic.NoDiagnostic, state.LocalDiag);
        Assert.Equal(BfdInterval.OneSecond, state.DesiredMinTx);
        Assert.Equal(new BfdInterval(1), state.RemoteMinRx);
        Assert.False(state.RemoteDemandMode);
        Assert.False(state.AuthSeqKnown);
        Assert.Equal(99u, state.XmitAuthSeq);
    }

    [Fact]
    public void The_active_role_sends_before_it_hears_anything_and_a_packet_a_second_at_most()
    {
        Rig rig = new();
        Assert.Equal((BfdState.Down, 0u, Rig.Own), (rig.Last.State, rig.Last.YourDiscriminator, rig.Last.MyDiscriminator));
        rig.Advance(10_000);
        Assert.InRange(rig.Sent.Count, 10, 14);
        Assert.All(rig.Sent, s => Assert.Equal(BfdInterval.OneSecond, s.Packet.DesiredMinTx));
    }

    [Fact]
    public void The_passive_role_is_silent_until_it_hears_the_peer_and_again_once_the_peer_is_gone()
    {
        Rig rig = new(Rig.Fast with { Passive = true });
        rig.Advance(10_000);
        Assert.Empty(rig.Sent);
        rig.Receive(rig.FromPeer(BfdState.Down) with { YourDiscriminator = 0 });
        Assert.Equal((BfdState.Init, Rig.Peer), (rig.Last.State, rig.Last.YourDiscriminator));
        rig.Receive(BfdState.Up);
        rig.Advance(10_000);
        Assert.Equal([BfdState.Init, BfdState.Up, BfdState.Down], rig.Changes);
        rig.Sent.Clear();
        rig.Advance(10_000);
        Assert.Empty(rig.Sent);
    }

    [Fact]
    public void Once_Up_it_takes_the_configured_intervals_and_polls_for_them()
    {
        Rig rig = new();
        rig.Receive(BfdState.Down);
        rig.Receive(BfdState.Init);
        Assert.Equal((BfdState.Up, Ms(50), false), (rig.Last.State, rig.Last.DesiredMinTx, rig.Last.Poll));
        rig.AdvanceHearing(200, 40);
        // No Final: P stays, on the scheduled packets and on no other.
        Assert.All(rig.Sent.Where(s => s.At > rig.Sent[2].At), s => Assert.True(s.Packet.Poll));
        Assert.InRange(rig.Sent.Count, 5, 8);
        rig.Receive(rig.FromPeer(BfdState.Up) with { Final = true });
        rig.Sent.Clear();
        rig.AdvanceHearing(200, 40);
        Assert.All(rig.Sent, s => Assert.False(s.Packet.Poll));
    }

    [Theory]
    [InlineData(3, 0.75, 1.0)]
    [InlineData(1, 0.75, 0.9)]
    public void Intervals_are_jittered_within_the_bounds(byte multiplier, double least, double most)
    {
        foreach (double random in new[] { 0, 0.5, 0.999999 })
        {
            Rig rig = new Rig(Rig.Fast with { DetectMultiplier = multiplier }) { Random = random }.Up();
            rig.AdvanceHearing(1000, 40);
            double expected = 50 * (least + random * (most - least));
            foreach ((TimeSpan gap, int _) in rig.Sent.Zip(rig.Sent.Skip(1), (a, b) => b.At - a.At).Select((g, i) => (g, i)))
                Assert.Equal(expected, gap.TotalMilliseconds, 0.001);
        }
    }

    [Fact]
    public void The_peer_sets_the_pace_where_it_is_the_slower_one()
    {
        Rig rig = new Rig { Random = 0.999999 }.Up();
        rig.AdvanceHearing(3000, 40, rig.FromPeer(BfdState.Up) with { RequiredMinRx = Ms(300) });
        Assert.Equal(Ms(300), rig.State.TransmitInterval);
        Assert.InRange(rig.Sent.Count, 9, 11);
    }

    [Fact]
    public void A_reduced_RequiredMinRx_of_the_peer_is_honored_at_once()
    {
        Rig rig = new Rig { Random = 0.999999 }.Up();
        rig.AdvanceHearing(400, 40, rig.FromPeer(BfdState.Up) with { RequiredMinRx = Ms(10_000) });
        rig.Advance(100);
        rig.Sent.Clear();
        rig.Receive(rig.FromPeer(BfdState.Up) with { RequiredMinRx = Ms(50) });
        rig.Advance(0);
        // The new interval has passed long ago.
        Assert.Single(rig.Sent);
    }

    [Fact]
    public void A_peer_that_wants_no_packets_gets_none_until_it_does()
    {
        Rig rig = new Rig().Up();
        rig.Receive(rig.FromPeer(BfdState.Up) with { RequiredMinRx = BfdInterval.Zero });
        rig.AdvanceHearing(5000, 40, rig.FromPeer(BfdState.Up) with { RequiredMinRx = BfdInterval.Zero });
        Assert.Empty(rig.Sent);
        rig.AdvanceHearing(200, 40);
        Assert.NotEmpty(rig.Sent);
    }

    [Fact]
    public void The_detection_time_is_the_peers_multiplier_times_the_slower_interval()
    {
        Rig rig = new Rig().Up();
        Assert.Equal(Time(150), rig.State.DetectionTime);
        rig.Receive(rig.FromPeer(BfdState.Up) with { DesiredMinTx = Ms(70), DetectMultiplier = 5 });
        Assert.Equal(Time(350), rig.State.DetectionTime);
        rig.Receive(rig.FromPeer(BfdState.Up) with { DesiredMinTx = Ms(10), DetectMultiplier = 5 });
        Assert.Equal(Time(250), rig.State.DetectionTime);
        rig.Advance(249);
        Assert.Equal(BfdState.Up, rig.State.SessionState);
        rig.Advance(1);
        Assert.Equal((BfdState.Down, BfdDiagnostic.ControlDetectionTimeExpired), (rig.State.SessionState, rig.State.LocalDiag));
        Assert.Equal((BfdState.Down, BfdDiagnostic.ControlDetectionTimeExpired, 0u), (rig.Last.State, rig.Last.Diagnostic, rig.Last.YourDiscriminator));
    }

    [Fact]
    public void Once_down_it_sends_no_faster_than_once_a_second_and_forgets_the_peer()
    {
        Rig rig = new Rig().Up();
        rig.Advance(10_000);
        // Three or four before the detection time, then one at once, then one a second.
        Assert.InRange(rig.Sent.Count, 12, 18);
        Assert.Equal(BfdInterval.OneSecond, rig.Last.DesiredMinTx);
        Assert.Equal((0u, new BfdInterval(1)), (rig.State.RemoteDiscr, rig.State.RemoteMinRx));
        Assert.False(rig.Last.Poll);
    }

    [Fact]
    public void State_is_kept_for_a_detection_time_while_down()
    {
        Rig rig = new();
        rig.Receive(rig.FromPeer(BfdState.Up) with { RequiredMinRx = Ms(5000) });
        Assert.Equal(BfdState.Down, rig.State.SessionState);
        rig.Advance(149);
        Assert.Equal((Rig.Peer, Ms(5000)), (rig.State.RemoteDiscr, rig.State.RemoteMinRx));
        rig.Advance(1);
        Assert.Equal((0u, new BfdInterval(1)), (rig.State.RemoteDiscr, rig.State.RemoteMinRx));
    }

    [Fact]
    public void A_poll_is_answered_at_once_in_every_state_with_F_and_without_P()
    {
        foreach (BfdState remote in new[] { BfdState.Down, BfdState.Init, BfdState.Up, BfdState.AdminDown })
        {
            Rig rig = new();
            rig.Sent.Clear();
            rig.Receive(rig.FromPeer(remote) with { Poll = true });
            ControlPacket answer = Assert.Single(rig.Sent).Packet;
            Assert.True(answer.Final && !answer.Poll);
        }
        Rig polling = new();
        polling.Receive(BfdState.Down);
        polling.Receive(BfdState.Init);
        polling.AdvanceHearing(100, 50);
        Assert.True(polling.Last.Poll);
        polling.Receive(polling.FromPeer(BfdState.Up) with { Poll = true });
        Assert.True(polling.Last is { Final: true, Poll: false });
    }

    [Fact]
    public void An_answer_to_a_poll_does_not_put_off_the_next_packet()
    {
        Rig rig = new Rig { Random = 0.999999 }.Up();
        rig.AdvanceHearing(500, 10, rig.FromPeer(BfdState.Up) with { Poll = true });
        Assert.InRange(rig.Sent.Count(s => !s.Packet.Final), 9, 11);
    }

    [Fact]
    public void A_longer_transmit_interval_waits_for_the_Final()
    {
        Rig rig = new Rig { Random = 0.999999 }.Up();
        rig.Set(rig.Settings with { TransmitInterval = Ms(300) });
        Assert.Equal((Ms(300), Ms(50)), (rig.Last.DesiredMinTx, rig.State.TxInForce));
        rig.AdvanceHearing(500, 40);
        Assert.InRange(rig.Sent.Count, 10, 13);
        Assert.True(rig.Last.Poll);
        rig.Receive(rig.FromPeer(BfdState.Up) with { Final = true });
        Assert.Equal(Ms(300), rig.State.TxInForce);
        rig.Sent.Clear();
        rig.AdvanceHearing(3000, 40);
        Assert.InRange(rig.Sent.Count, 9, 11);
    }

    [Fact]
    public void A_shorter_transmit_interval_is_taken_at_once()
    {
        Rig rig = new Rig(Rig.Fast with { TransmitInterval = Ms(300) }) { Random = 0.999999 };
        rig.Receive(BfdState.Down);
        rig.Receive(BfdState.Up);
        rig.AdvanceHearing(1000, 40);
        rig.Receive(rig.FromPeer(BfdState.Up) with { Final = true });
        rig.Receive(BfdState.Up);
        rig.Sent.Clear();
        rig.Set(rig.Settings with { TransmitInterval = Ms(50) });
        rig.AdvanceHearing(500, 40);
        Assert.InRange(rig.Sent.Count, 9, 12);
        Assert.Contains(rig.Sent, s => s.Packet.Poll);
    }

    [Fact]
    public void A_shorter_receive_interval_lengthens_no_detection_until_the_Final()
    {
        Rig rig = new Rig(Rig.Fast with { ReceiveInterval = Ms(300) }).Up();
        Assert.Equal(Time(900), rig.State.DetectionTime);
        rig.Set(rig.Settings with { ReceiveInterval = Ms(50) });
        Assert.Equal((Ms(50), Time(900)), (rig.Last.RequiredMinRx, rig.State.DetectionTime));
        rig.AdvanceHearing(400, 200);
        Assert.Equal((BfdState.Up, Time(900)), (rig.State.SessionState, rig.State.DetectionTime));
        rig.Receive(rig.FromPeer(BfdState.Up) with { Final = true });
        Assert.Equal(Time(150), rig.State.DetectionTime);
    }

    [Fact]
    public void A_longer_receive_interval_lengthens_detection_at_once()
    {
        Rig rig = new Rig().Up();
        rig.Set(rig.Settings with { ReceiveInterval = Ms(300) });
        Assert.Equal(Time(900), rig.State.DetectionTime);
    }

    [Fact]
    public void A_second_change_waits_for_the_first_poll_and_for_a_packet_without_F()
    {
        Rig rig = new Rig().Up();
        rig.Set(rig.Settings with { TransmitInterval = Ms(100) });
        rig.AdvanceHearing(100, 50);
        Assert.True(rig.Last.Poll);
        rig.Set(rig.Settings with { TransmitInterval = Ms(200) });
        rig.AdvanceHearing(100, 50);
        Assert.Equal(Ms(100), rig.Last.DesiredMinTx);
        rig.Receive(rig.FromPeer(BfdState.Up) with { Final = true });
        Assert.Equal((Ms(100), Ms(100)), (rig.State.DesiredMinTx, rig.State.TxInForce));
        rig.Receive(rig.FromPeer(BfdState.Up) with { Final = true });
        Assert.Equal(Ms(100), rig.State.DesiredMinTx);
        rig.Receive(BfdState.Up);
        Assert.Equal((Ms(200), Ms(100)), (rig.State.DesiredMinTx, rig.State.TxInForce));
        rig.AdvanceHearing(200, 50);
        Assert.True(rig.Last.Poll);
        rig.Receive(rig.FromPeer(BfdState.Up) with { Final = true });
        Assert.Equal(Ms(200), rig.State.TxInForce);
    }

    [Fact]
    public void A_Final_that_nobody_asked_for_confirms_nothing()
    {
        Rig rig = new Rig().Up();
        rig.Set(rig.Settings with { TransmitInterval = Ms(300) });
        rig.Receive(rig.FromPeer(BfdState.Up) with { Final = true });
        Assert.Equal(Ms(50), rig.State.TxInForce);
    }

    [Fact]
    public void Another_multiplier_is_told_at_once_and_needs_no_poll()
    {
        Rig rig = new Rig().Up();
        rig.Set(rig.Settings with { DetectMultiplier = 9 });
        Assert.Equal((9, false), (Assert.Single(rig.Sent).Packet.DetectMultiplier, rig.State.PollWanted));
    }

    [Fact]
    public void In_the_peers_Demand_mode_periodic_packets_cease_and_changes_are_polled()
    {
        Rig rig = new Rig().Up();
        ControlPacket demand = rig.FromPeer(BfdState.Up) with { Demand = true };
        rig.Receive(demand);
        rig.AdvanceHearing(2000, 40, demand);
        Assert.Empty(rig.Sent);
        // Its polls are answered all the same.
        rig.Receive(demand with { Poll = true });
        Assert.True(Assert.Single(rig.Sent).Packet.Final);
        rig.Sent.Clear();
        rig.Set(rig.Settings with { DetectMultiplier = 9 });
        rig.AdvanceHearing(400, 40, demand);
        Assert.NotEmpty(rig.Sent);
        Assert.All(rig.Sent, s => Assert.True(s.Packet is { Poll: true, DetectMultiplier: 9 }));
        rig.Receive(demand with { Final = true });
        rig.Sent.Clear();
        rig.AdvanceHearing(2000, 40, demand);
        Assert.Empty(rig.Sent);
        // Demand mode ends: periodic packets begin again.
        rig.AdvanceHearing(200, 40);
        Assert.NotEmpty(rig.Sent);
    }

    [Fact]
    public void The_Demand_bit_means_nothing_before_both_sides_are_Up()
    {
        Rig rig = new();
        rig.Receive(rig.FromPeer(BfdState.Down) with { Demand = true });
        rig.Sent.Clear();
        rig.AdvanceHearing(5000, 500, rig.FromPeer(BfdState.Down) with { Demand = true });
        Assert.InRange(rig.Sent.Count, 4, 7);
        Assert.All(rig.Sent, s => Assert.False(s.Packet.Demand));
    }

    [Fact]
    public void A_change_of_state_is_told_at_once_and_only_once()
    {
        Rig rig = new();
        rig.Advance(10);
        rig.Receive(BfdState.Down);
        rig.Receive(BfdState.Down);
        Assert.Equal(2, rig.Sent.Count);
        Assert.Equal(rig.Now, rig.Sent[1].At);
    }

    [Fact]
    public void AdminDown_is_told_and_held_and_discards_what_comes()
    {
        Rig rig = new Rig().Up();
        rig.Set(rig.Settings with { AdminDown = true });
        Assert.Equal((BfdState.AdminDown, BfdDiagnostic.AdministrativelyDown), (rig.Last.State, rig.Last.Diagnostic));
        rig.AdvanceHearing(5000, 500, BfdState.Down);
        Assert.Equal(DiscardReason.AdminDown, rig.LastDiscard);
        Assert.Equal(BfdState.AdminDown, rig.State.SessionState);
        Assert.InRange(rig.Sent.Count, 5, 9);
        rig.Set(rig.Settings with { AdminDown = false });
        rig.Receive(BfdState.Down);
        rig.Receive(BfdState.Up);
        Assert.Equal([BfdState.Init, BfdState.Up, BfdState.AdminDown, BfdState.Down, BfdState.Init, BfdState.Up], rig.Changes);
    }

    [Fact]
    public void The_neighbors_AdminDown_is_told_apart_from_its_failure()
    {
        Rig admin = new Rig().Up(), failed = new Rig().Up();
        admin.Receive(BfdState.AdminDown);
        failed.Receive(BfdState.Down);
        Assert.Equal((DownReason.NeighborAdminDown, BfdDiagnostic.NeighborSignaledSessionDown), (admin.State.Reason, admin.State.LocalDiag));
        Assert.Equal((DownReason.NeighborDown, BfdDiagnostic.NeighborSignaledSessionDown), (failed.State.Reason, failed.State.LocalDiag));
    }

    [Fact]
    public void A_peer_that_restarts_is_learned_anew()
    {
        Rig rig = new Rig().Up();
        rig.Receive(rig.FromPeer(BfdState.Down) with { MyDiscriminator = 0xC, YourDiscriminator = 0 });
        Assert.Equal((BfdState.Down, 0xCu), (rig.Last.State, rig.Last.YourDiscriminator));
        rig.Receive(rig.FromPeer(BfdState.Down) with { MyDiscriminator = 0xC });
        Assert.Equal((BfdState.Init, 0xCu), (rig.Last.State, rig.Last.YourDiscriminator));
    }

    [Fact]
    public void The_diagnostic_of_the_last_failure_stays_once_Up_again()
    {
        Rig rig = new Rig().Up();
        rig.Receive(BfdState.Down);
        rig.Receive(BfdState.Init);
        Assert.Equal((BfdState.Up, BfdDiagnostic.NeighborSignaledSessionDown, DownReason.None), (rig.Last.State, rig.Last.Diagnostic, rig.State.Reason));
    }

    [Fact]
    public void A_timer_of_an_earlier_epoch_changes_nothing()
    {
        Rig rig = new Rig().Up();
        SessionVariables before = rig.State;
        foreach (SessionTimer timer in Enum.GetValues<SessionTimer>())
        {
            uint epoch = timer switch { SessionTimer.Transmit => before.Transmit.Epoch, SessionTimer.Detect => before.Detect.Epoch, SessionTimer.EchoTransmit => before.EchoTransmit.Epoch, _ => before.EchoDetect.Epoch };
            (SessionVariables after, SessionEffects effects) = SessionMachine.Step(before, SessionEvent.TimerExpired(TimeSpan.FromDays(1), 0, timer, epoch - 1), rig.Settings);
            Assert.Equal(before, after);
            Assert.Equal(default, effects);
        }
    }

    [Theory]
    [InlineData(BfdAuthenticationType.MeticulousKeyedSha1, true)]
    [InlineData(BfdAuthenticationType.MeticulousKeyedMd5, true)]
    [InlineData(BfdAuthenticationType.KeyedSha1, false)]
    public void The_sequence_number_grows_with_every_packet_or_with_every_change(BfdAuthenticationType type, bool meticulous)
    {
        BfdSettings settings = Rig.Fast with { Authentication = new(type, new[] { BfdKey.FromText(3, "secret") }.ToValueArray()) };
        Rig rig = new(settings, uint.MaxValue - 1);
        rig.Receive(BfdState.Down);
        rig.Advance(5000);
        uint[] sequences = [.. rig.Sent.Select(s => s.Packet.Authentication.Sequence)];
        Assert.All(rig.Sent, s => Assert.Equal((type, 3), (s.Packet.Authentication.Type, s.Packet.Authentication.KeyId)));
        Assert.Equal(uint.MaxValue, sequences[0]);
        Assert.Equal(0u, sequences[1]);
        uint[] steps = [.. sequences.Zip(sequences.Skip(1), (a, b) => unchecked(b - a))];
        if (meticulous) Assert.All(steps, s => Assert.Equal(1u, s));
        else Assert.Equal(rig.Sent.Zip(rig.Sent.Skip(1), (a, b) => a.Packet.HasSameContents(b.Packet) ? 0u : 1u), steps);
    }

    [Fact]
    public void The_sequence_number_of_the_peer_is_forgotten_after_twice_the_detection_time()
    {
        Rig rig = new(Rig.Fast with { Authentication = new(BfdAuthenticationType.KeyedSha1, new[] { BfdKey.FromText(3, "secret") }.ToValueArray()) });
        rig.Receive(rig.FromPeer(BfdState.Up) with { Authentication = new(BfdAuthenticationType.KeyedSha1, 28, 3, 1234) });
        Assert.Equal((true, 1234u, Time(150)), (rig.State.AuthSeqKnown, rig.State.RcvAuthSeq, rig.State.DetectionTime));
        rig.Advance(299);
        Assert.True(rig.State.AuthSeqKnown);
        rig.Advance(1);
        Assert.False(rig.State.AuthSeqKnown);
    }
}
