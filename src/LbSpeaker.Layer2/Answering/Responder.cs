using LbSpeaker.Layer2.Frames;

namespace LbSpeaker.Layer2.Answering;

/// <summary>The answering decision for a frame from the wire. Pure, and without allocation: any octets give a reply, a sighting or a reason, never an exception.</summary>
internal static class Responder
{
    /// <summary>The longest reply: a Neighbor Advertisement.</summary>
    public const int MaxReplyLength = NeighborAdvertisement.Length;

    /// <param name="octets">The frame, as far as it was captured.</param>
    /// <param name="reply">At least <see cref="MaxReplyLength"/> octets; holds the reply where there is one, and is untouched where there is none.</param>
    public static AnswerDecision Decide(ReadOnlySpan<byte> octets, InterfaceAnswers answers, Span<byte> reply)
    {
        if (!EthernetFrame.TryRead(octets, out EthernetFrame frame)) return AnswerDecision.Ignore(IgnoreReason.Truncated);
        if (frame.Source == answers.Mac) return AnswerDecision.Ignore(IgnoreReason.OwnFrame);
        return frame.Type switch
        {
            Ethernet.Arp => ArpResponder.Decide(frame, answers, reply),
            Ethernet.IPv6 => NdpResponder.Decide(frame, answers, reply),
            Ethernet.Vlan or Ethernet.ServiceVlan => AnswerDecision.Ignore(IgnoreReason.VlanTagged),
            _ => AnswerDecision.Ignore(IgnoreReason.OtherProtocol),
        };
    }
}
