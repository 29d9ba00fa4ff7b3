namespace LbSpeaker.Layer2.Answering;

/// <summary>The decision over one frame: a reply of so many octets, for the address whose counters these are, or a reason against.</summary>
internal readonly record struct AnswerDecision(int ReplyLength, AddressCounters? Answered, IgnoreReason Reason)
{
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Answered))]
    public bool IsReply => Answered is not null;

    public static AnswerDecision Reply(int length, AddressCounters answered) => new(length, answered, default);

    public static AnswerDecision Ignore(IgnoreReason reason) => new(0, null, reason);
}
