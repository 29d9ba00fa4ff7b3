using LbSpeaker.Bfd.Wire;
using static LbSpeaker.Bfd.Tests.Session.Rig;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>How new parameters come into force (RFC 5880 sections 6.5 and 6.8.3).</summary>
public sealed class PollSequenceTests
{
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
}
