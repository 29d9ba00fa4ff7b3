using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>Roles, states and what is told of them (RFC 5880 sections 6.1, 6.2 and 6.8.16).</summary>
public sealed class SessionMachineTests
{
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
}
