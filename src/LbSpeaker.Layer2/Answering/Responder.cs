using System.Buffers.Binary;
using LbSpeaker.Layer2.Frames;

namespace LbSpeaker.Layer2.Answering;

/// <summary>The answering decision for a frame from the wire. Pure: any octets give a reply or a reason, never an exception.</summary>
public static class Responder
{
    /// <summary>The longest reply: a Neighbor Advertisement.</summary>
    public const int MaxReplyLength = NeighborAdvertisement.Length;

    /// <param name="reply">At least <see cref="MaxReplyLength"/> octets; holds the reply where there is one.</param>
    public static AnswerDecision Decide(ReadOnlySpan<byte> frame, InterfaceAnswers answers, Span<byte> reply)
    {
        if (frame.Length < Ethernet.HeaderLength) return AnswerDecision.Ignore(IgnoreReason.Truncated);
        if (Ethernet.Source(frame) == answers.Mac) return AnswerDecision.Ignore(IgnoreReason.OwnFrame);
        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            Ethernet.Arp => ArpResponder.Decide(frame, answers, reply),
            Ethernet.IPv6 => NdpResponder.Decide(frame, answers, reply),
            Ethernet.Vlan or Ethernet.ServiceVlan => AnswerDecision.Ignore(IgnoreReason.VlanTagged),
            _ => AnswerDecision.Ignore(IgnoreReason.OtherProtocol),
        };
    }
}
