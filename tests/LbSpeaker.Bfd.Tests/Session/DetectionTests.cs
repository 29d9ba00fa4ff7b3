using LbSpeaker.Bfd.Wire;
using static LbSpeaker.Bfd.Tests.Session.Rig;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>When the peer counts as gone, and how long it is remembered (RFC 5880 sections 6.8.1 and 6.8.4).</summary>
public sealed class DetectionTests
{
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
}
