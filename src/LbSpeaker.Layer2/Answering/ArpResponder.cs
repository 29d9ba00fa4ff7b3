using System.Buffers.Binary;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Frames;

namespace LbSpeaker.Layer2.Answering;

/// <summary>
/// ARP requests for announced addresses (RFC 826). Probes with sender address 0.0.0.0 (RFC 5227 section 1.1) are answered like any other request,
/// so that a host that is about to take the address learns that it is in use.
/// </summary>
/// <remarks>
/// After the Ethernet header: hardware type(2) protocol type(2) lengths(1+1) operation(2) sender hardware(6) sender protocol(4) target hardware(6) target protocol(4).
/// </remarks>
internal static class ArpResponder
{
    private const int Length = Ethernet.HeaderLength + 28;
    private const ulong EthernetAndIPv4 = 0x0001_0800_0604;

    public static AnswerDecision Decide(ReadOnlySpan<byte> frame, InterfaceAnswers answers, Span<byte> reply)
    {
        if (frame.Length < Length) return AnswerDecision.Ignore(IgnoreReason.Truncated);
        if (BinaryPrimitives.ReadUInt64BigEndian(frame[14..]) >> 16 != EthernetAndIPv4) return AnswerDecision.Ignore(IgnoreReason.WrongHardware);
        if (BinaryPrimitives.ReadUInt16BigEndian(frame[20..]) != 1) return AnswerDecision.Ignore(IgnoreReason.NotRequest);
        MacAddress destination = Ethernet.Destination(frame);
        if (destination != MacAddress.Broadcast && destination != answers.Mac) return AnswerDecision.Ignore(IgnoreReason.EthernetDestination);
        MacAddress sender = MacAddress.FromBytes(frame[22..]);
        if (Ethernet.IsGroup(sender) || sender.Value == 0) return AnswerDecision.Ignore(IgnoreReason.BadSender);
        IpAddress target = IpAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(frame[38..]));
        if (answers.Against(target) is { } reason) return AnswerDecision.Ignore(reason);

        // RFC 826: swap hardware and protocol fields, put the local addresses in the sender fields, set the operation to reply.
        sender.WriteBytes(reply);
        answers.Mac.WriteBytes(reply[6..]);
        frame[12..20].CopyTo(reply[12..]);
        BinaryPrimitives.WriteUInt16BigEndian(reply[20..], 2);
        answers.Mac.WriteBytes(reply[22..]);
        frame[38..42].CopyTo(reply[28..]);
        frame[22..32].CopyTo(reply[32..]);
        return AnswerDecision.Reply(Length, target);
    }
}
