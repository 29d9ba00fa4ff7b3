using LbSpeaker.Bfd.Session;
using LbSpeaker.Bfd.Wire;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>The echo function (RFC 5880 sections 6.4, 6.8.5, 6.8.8, 6.8.9).</summary>
public sealed class EchoTests
{
    private static readonly BfdInterval Fifty = BfdInterval.FromMilliseconds(50);

    private static Rig Echoing(byte multiplier = 3) => new Rig(Rig.Fast with { EchoInterval = Fifty, LoopsEchoes = true, DetectMultiplier = multiplier }) { Random = 0.999999 }.Up();

    private static ControlPacket Looping(Rig rig, int milliseconds = 50) => rig.FromPeer(BfdState.Up) with { RequiredMinEchoRx = BfdInterval.FromMilliseconds(milliseconds) };

    [Fact]
    public void Willingness_to_loop_is_told_where_this_node_can()
    {
        Assert.Equal(Fifty, new Rig(Rig.Fast with { EchoInterval = Fifty, LoopsEchoes = true }).Last.RequiredMinEchoRx);
        Assert.Equal(BfdInterval.Zero, new Rig(Rig.Fast with { EchoInterval = Fifty }).Last.RequiredMinEchoRx);
        Assert.Equal(BfdInterval.Zero, new Rig(Rig.Fast with { LoopsEchoes = true }).Last.RequiredMinEchoRx);
    }

    [Fact]
    public void None_is_sent_to_a_peer_that_does_not_loop_them()
    {
        Rig rig = Echoing();
        rig.AdvanceHearing(1000, 40);
        Assert.Empty(rig.Echoes);
    }

    [Fact]
    public void None_is_sent_unless_Up()
    {
        Rig rig = new(Rig.Fast with { EchoInterval = Fifty });
        rig.AdvanceHearing(2000, 40, rig.FromPeer(BfdState.Down) with { RequiredMinEchoRx = Fifty });
        Assert.Equal(BfdState.Init, rig.State.SessionState);
        Assert.Empty(rig.Echoes);
        Rig up = Echoing();
        up.AdvanceHearing(400, 40, Looping(up));
        Assert.NotEmpty(up.Echoes);
        up.Set(up.Settings with { AdminDown = true });
        up.Echoes.Clear();
        up.AdvanceHearing(1000, 40, Looping(up));
        Assert.Empty(up.Echoes);
    }

    [Fact]
    public void They_are_no_more_than_the_peer_allows()
    {
        Rig rig = Echoing();
        rig.AdvanceHearing(2000, 40, Looping(rig, 200));
        Assert.InRange(rig.Echoes.Count, 10, 11);
    }

    [Fact]
    public void They_cease_when_the_peer_stops_looping_and_the_session_stays()
    {
        Rig rig = Echoing();
        rig.AdvanceHearing(200, 40, Looping(rig));
        rig.ReturnEcho(rig.Echoes[^1].Sequence);
        rig.Receive(rig.FromPeer(BfdState.Up));
        rig.Echoes.Clear();
        rig.AdvanceHearing(2000, 40);
        Assert.Empty(rig.Echoes);
        Assert.Equal(BfdState.Up, rig.State.SessionState);
    }

    [Fact]
    public void Once_one_has_come_back_control_packets_are_asked_for_once_a_second()
    {
        Rig rig = Echoing();
        rig.AdvanceHearing(100, 40, Looping(rig));
        Assert.Equal(Fifty, rig.Last.RequiredMinRx);
        rig.ReturnEcho(rig.Echoes[^1].Sequence);
        Assert.Equal(BfdInterval.OneSecond, rig.Last.RequiredMinRx);
        Assert.Equal(TimeSpan.FromSeconds(3), rig.State.DetectionTime);
        // And back again, by a Poll Sequence, once there are no echoes.
        rig.Set(rig.Settings with { EchoInterval = null });
        Assert.Equal((Fifty, BfdInterval.OneSecond), (rig.State.RequiredMinRx, rig.State.RxInForce));
    }

    [Theory]
    [InlineData(3, 150)]
    [InlineData(5, 250)]
    public void Missing_ones_take_the_session_down_after_the_multiplier_times_the_interval(byte multiplier, int milliseconds)
    {
        Rig rig = Echoing(multiplier);
        rig.Receive(Looping(rig));
        rig.Advance(10);
        rig.ReturnEcho(rig.Echoes[^1].Sequence);
        rig.Advance(milliseconds - 1);
        Assert.Equal(BfdState.Up, rig.State.SessionState);
        rig.Advance(1);
        Assert.Equal((BfdState.Down, BfdDiagnostic.EchoFunctionFailed, DownReason.EchoFailed), (rig.Last.State, rig.Last.Diagnostic, rig.State.Reason));
    }

    [Fact]
    public void A_path_that_never_returned_one_is_not_taken_for_broken()
    {
        Rig rig = Echoing();
        rig.AdvanceHearing(5000, 40, Looping(rig));
        Assert.InRange(rig.Echoes.Count, 99, 101);
        Assert.Equal((BfdState.Up, Fifty), (rig.State.SessionState, rig.Last.RequiredMinRx));
    }

    [Fact]
    public void A_path_that_once_returned_them_must_do_so_again_after_a_failure()
    {
        Rig rig = Echoing();
        rig.Receive(Looping(rig));
        rig.Advance(10);
        rig.ReturnEcho(rig.Echoes[^1].Sequence);
        rig.Advance(150);
        rig.Receive(rig.FromPeer(BfdState.Down));
        rig.Receive(Looping(rig));
        Assert.Equal(BfdState.Up, rig.State.SessionState);
        rig.AdvanceHearing(200, 40, Looping(rig));
        Assert.Equal((BfdState.Down, DownReason.EchoFailed), (rig.State.SessionState, rig.State.Reason));
    }

    [Fact]
    public void When_this_side_was_late_to_send_the_path_is_not_blamed()
    {
        Rig rig = Echoing();
        rig.Receive(Looping(rig));
        rig.Advance(1);
        rig.ReturnEcho(rig.Echoes[^1].Sequence);
        // Ten seconds in which this process did not run; then it sends.
        Assert.Equal(TimeSpan.MaxValue, rig.State.EchoDetect.Due);
        rig.Step(SessionEvent.TimerExpired(rig.Now + TimeSpan.FromSeconds(10), 0, SessionTimer.EchoTransmit, rig.State.EchoTransmit.Epoch));
        Assert.Equal(rig.Now + TimeSpan.FromSeconds(10) + TimeSpan.FromMilliseconds(100), rig.State.EchoDetect.Due);
    }

    [Fact]
    public void One_that_was_not_sent_or_has_come_already_counts_for_nothing()
    {
        Rig rig = Echoing();
        rig.AdvanceHearing(200, 40, Looping(rig));
        uint last = rig.Echoes[^1].Sequence;
        rig.ReturnEcho(last + 1);
        Assert.Equal(DiscardReason.EchoStale, rig.LastDiscard);
        rig.ReturnEcho(last);
        Assert.Null(rig.LastDiscard);
        rig.ReturnEcho(last);
        Assert.Equal(DiscardReason.EchoStale, rig.LastDiscard);
        rig.ReturnEcho(last - 1);
        Assert.Equal(DiscardReason.EchoStale, rig.LastDiscard);
    }
}
