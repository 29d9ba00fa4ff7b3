using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;
using static LbSpeaker.Bfd.Tests.Session.Rig;

namespace LbSpeaker.Bfd.Tests.Session;

/// <summary>Sequence numbers of authenticated packets (RFC 5880 sections 6.7.3, 6.7.4 and 6.8.1).</summary>
public sealed class SequenceNumberTests
{
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
