namespace LbSpeaker.Layer2.Answering;

/// <summary>
/// The decision over one frame: a reply of so many octets, for the address whose counters these are; or somebody else who has or wants an address; or both; or else a
/// reason against.
/// </summary>
internal readonly record struct AnswerDecision(int ReplyLength, AddressCounters? Answered, Sighting? Heard, IgnoreReason Reason)
{
    [System.Diagnostics.CodeAnalysis.MemberNotNullWhen(true, nameof(Answered))]
    public bool IsReply => Answered is not null;

    public bool IsIgnored => Answered is null && Heard is null;

    public static AnswerDecision Reply(int length, AddressCounters answered, Sighting? heard) => new(length, answered, heard, default);

    public static AnswerDecision Ignore(IgnoreReason reason) => new(0, null, null, reason);

    /// <summary>Not to be answered: what was heard, or else the reason.</summary>
    public static AnswerDecision Silent(Sighting? heard, IgnoreReason reason) => new(0, null, heard, heard is null ? reason : default);
}
