using LbSpeaker.Layer2.Answering;
using LbSpeaker.Testing.Frames;

namespace LbSpeaker.Layer2.Tests.Answering;

/// <summary>The frames below Cases: each gets exactly the reply, or is ignored for exactly the reason, that stands beside it.</summary>
public sealed class ResponderCaseTests
{
    public static TheoryData<FrameCase> Cases() => [.. FrameCase.ReadAll("Arp"), .. FrameCase.ReadAll("Ndp")];

    public static TheoryData<FrameCase> Answered() => [.. FrameCase.ReadAll("Arp").Concat(FrameCase.ReadAll("Ndp")).Where(c => c.Reply is not null)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_frame_gets_its_reply_is_heard_or_gets_its_reason(FrameCase @case)
    {
        byte[] reply = new byte[Responder.MaxReplyLength];
        AnswerDecision decision = Segment.Decide(@case.Frame, reply);
        if (@case.Reply is not null) Assert.Equal(Convert.ToHexString(@case.Reply), Convert.ToHexString(reply, 0, decision.ReplyLength));
        else
        {
            Assert.False(decision.IsReply);
            Assert.All(reply, o => Assert.Equal(0, o));
        }
        Assert.Equal(@case.Heard, decision.Heard is { } heard ? $"{heard.How} {heard.Mac} {heard.Address}" : null);
        Assert.Equal(@case.Ignored, decision.IsIgnored ? decision.Reason.ToString() : null);
    }

    [Theory]
    [MemberData(nameof(Answered))]
    public void A_frame_cut_off_anywhere_is_not_answered(FrameCase @case)
    {
        byte[] reply = new byte[Responder.MaxReplyLength];
        int needed = Enumerable.Range(0, @case.Frame.Length + 1).First(n => Segment.Decide(@case.Frame.AsSpan(0, n), reply).IsReply);
        for (int length = 0; length < needed; length++)
        {
            AnswerDecision decision = Segment.Decide(@case.Frame.AsSpan(0, length), reply);
            // A tag that is cut off is still a tag.
            Assert.True(decision is { IsReply: false, Reason: IgnoreReason.Truncated } || length is >= 14 and < 18 && decision.Reason == IgnoreReason.VlanTagged, $"{length} octets: {decision}");
        }
        for (int length = needed; length <= @case.Frame.Length; length++) Assert.True(Segment.Decide(@case.Frame.AsSpan(0, length), reply).IsReply, $"{length} octets of padding matter");
    }

    /// <summary>Whoever adds a manner of hearing adds a frame that shows it.</summary>
    [Fact]
    public void Everything_that_is_heard_has_a_case() =>
        Assert.Equal(Enum.GetNames<HeardBy>().Order(), FrameCase.ReadAll("Arp").Concat(FrameCase.ReadAll("Ndp")).Select(c => c.Heard?.Split(' ')[0]).OfType<string>().Distinct().Order());

    /// <summary>Whoever adds a reason adds a frame that shows it. How long a frame waited is not in it.</summary>
    [Fact]
    public void Every_reason_has_a_case() =>
        Assert.Equal(Enum.GetNames<IgnoreReason>().Except([nameof(IgnoreReason.Late)]).Order(), FrameCase.ReadAll("Arp").Concat(FrameCase.ReadAll("Ndp")).Select(c => c.Ignored).OfType<string>().Distinct().Order());
}
