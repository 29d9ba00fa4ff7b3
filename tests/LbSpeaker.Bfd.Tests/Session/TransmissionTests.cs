using LbSpeaker.Bfd.Wire;
using static LbSpeaker.Bfd.Tests.Session.Rig;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>When a session sends (RFC 5880 sections 6.6, 6.8.3 and 6.8.7).</summary>
public sealed class TransmissionTests
{
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
}
