using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Frames;
using LbSpeaker.Linux;

namespace LbSpeaker.Layer2.Capture;

/// <summary>Keeps what was decided over each frame that concerns an address. Allocates nothing: every word is one of a closed set.</summary>
internal sealed class FrameTrace(TraceBuffer buffer, TimeProvider time)
{
    private static readonly string[] Reasons = Enum.GetNames<IgnoreReason>(), Manners = Enum.GetNames<HeardBy>(), Outcomes = Enum.GetNames<SendOutcome>();

    /// <param name="sent">What came of the answer; null where none was sent, because it is too late or there is none.</param>
    /// <param name="reply">The answer.</param>
    public void Saw(string interfaceName, ReadOnlySpan<byte> octets, AnswerDecision decision, SendOutcome? sent, ReadOnlySpan<byte> reply)
    {
        if (decision.IsIgnored && !Concerns(decision.Reason)) return;
        (TraceOutcome outcome, string reason) =
            decision.IsReply && sent == SendOutcome.Sent ? (TraceOutcome.Answered, "")
            : decision.IsReply && sent is { } failed ? (TraceOutcome.NotAnswered, Outcomes[(int)failed])
            : decision.IsReply ? (TraceOutcome.NotAnswered, Reasons[(int)IgnoreReason.Late])
            : decision.Heard is { } heard ? (TraceOutcome.Heard, Manners[(int)heard.How])
            : (TraceOutcome.NotAnswered, Reasons[(int)decision.Reason]);
        DateTimeOffset at = time.GetUtcNow();
        Add(at, TraceDirection.In, interfaceName, octets, outcome, reason);
        if (sent is { } came) Sent(at, interfaceName, reply, came);
    }

    public void Sent(string interfaceName, ReadOnlySpan<byte> octets, SendOutcome outcome) => Sent(time.GetUtcNow(), interfaceName, octets, outcome);

    private void Sent(DateTimeOffset at, string interfaceName, ReadOnlySpan<byte> octets, SendOutcome outcome) =>
        Add(at, TraceDirection.Out, interfaceName, octets, outcome == SendOutcome.Sent ? TraceOutcome.Sent : TraceOutcome.NotSent, outcome == SendOutcome.Sent ? "" : Outcomes[(int)outcome]);

    private void Add(DateTimeOffset at, TraceDirection direction, string interfaceName, ReadOnlySpan<byte> octets, TraceOutcome outcome, string reason)
    {
        if (!EthernetFrame.TryRead(octets, out EthernetFrame frame)) return;
        buffer.Add(frame.Type == Ethernet.Arp ? TraceKind.Arp : TraceKind.Ndp, direction, at, interfaceName, outcome, reason, octets);
    }

    /// <summary>Traffic that asks this node nothing is not kept: it would wash out what does.</summary>
    private static bool Concerns(IgnoreReason reason) => reason is not
        (IgnoreReason.OwnFrame or IgnoreReason.OtherProtocol or IgnoreReason.VlanTagged or IgnoreReason.NotRequest or IgnoreReason.NotSolicitation);
}
