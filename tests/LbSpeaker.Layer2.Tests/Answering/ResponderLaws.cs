using CsCheck;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Testing.Frames;

namespace LbSpeaker.Layer2.Tests.Answering;

/// <summary>What holds for any octets that a host on the segment may send.</summary>
public sealed class ResponderLaws
{
    private static readonly FrameCase[] Known = [.. FrameCase.ReadAll("Arp"), .. FrameCase.ReadAll("Ndp")];

    private static readonly Gen<byte[]> Octets = Gen.Byte.Array[0, 300];

    /// <summary>Known frames with some octets changed and cut at any length: they reach the depths that random octets do not.</summary>
    private static readonly Gen<byte[]> Mutated =
        from known in Gen.OneOf(Known)
        from changes in Gen.Select(Gen.Int[0, Math.Max(0, known.Frame.Length - 1)], Gen.Byte).Array[0, 4]
        from length in Gen.OneOf(Gen.Const(known.Frame.Length), Gen.Int[0, known.Frame.Length])
        select Change(known.Frame, changes, length);

    [Fact]
    public void No_octets_throw_and_a_reply_is_for_what_is_announced() => Gen.OneOf(Octets, Mutated).Sample(frame =>
    {
        byte[] reply = new byte[Responder.MaxReplyLength];
        AnswerDecision decision = Segment.Decide(frame, reply);
        if (!decision.IsReply) return reply.All(o => o == 0);
        MacAddress to = MacAddress.FromBytes(reply), from = MacAddress.FromBytes(reply.AsSpan(6));
        IpAddress[] announced = decision.ReplyLength == 42 ? [Segment.IPv4, Segment.IPv4Leaving] : [Segment.IPv6, Segment.IPv6Leaving];
        return announced.Contains(decision.Answered.Address) && from == Segment.Own && to != Segment.Own && to != MacAddress.Broadcast;
    }, iter: 100_000);

    [Fact]
    public void An_interface_that_answers_for_nothing_never_replies_and_hears_nobody() => Gen.OneOf(Octets, Mutated).Sample(frame =>
        Responder.Decide(frame, InterfaceAnswers.Nothing(Segment.Own), new byte[Responder.MaxReplyLength]).IsIgnored, iter: 50_000);

    [Fact]
    public void Only_another_host_is_heard_and_only_of_what_is_of_concern() => Gen.OneOf(Octets, Mutated).Sample(frame =>
        Segment.Decide(frame, new byte[Responder.MaxReplyLength]).Heard is not { } heard
        || heard.Address is { } a && (Segment.Answers.Here.ContainsKey(a) || Segment.Answers.Watched.Contains(a))
        && heard.Mac != Segment.Own && heard.Mac != Segment.OwnOther && MacAddress.FromBytes(frame.AsSpan(6)) is { } source && source != Segment.Own && source != Segment.OwnOther, iter: 100_000);

    /// <summary>However many addresses are announced, a request is answered exactly if its target is one of them.</summary>
    [Fact]
    public void A_request_is_answered_exactly_if_its_target_is_announced() =>
        Gen.Select(Gen.UInt[0xC0000200, 0xC00002FF].HashSet[0, 100], Gen.UInt[0xC0000200, 0xC00002FF]).Sample((announced, target) =>
        {
            byte[] frame = [.. Known.Single(c => c.Name == "Arp/request").Frame];
            IpAddress.FromIPv4(target).WriteBytes(frame.AsSpan(38));
            InterfaceAnswers answers = Segment.AnswersFor(announced.Select(IpAddress.FromIPv4), []);
            return Responder.Decide(frame, answers, new byte[Responder.MaxReplyLength]).IsReply == announced.Contains(target);
        }, iter: 5_000);

    private static byte[] Change(byte[] frame, (int At, byte Octet)[] changes, int length)
    {
        byte[] changed = [.. frame];
        foreach ((int at, byte octet) in changes)
            if (at < changed.Length) changed[at] = octet;
        return changed[..length];
    }
}
