using System.Buffers.Binary;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Frames;

namespace LbSpeaker.Layer2.Answering;

/// <summary>
/// ARP requests for announced addresses (RFC 826). Probes with sender address 0.0.0.0 (RFC 5227 section 1.1), and announcements by strangers of an address that is
/// announced here, are answered like any other request: a host that is about to take the address learns that it is in use. Whoever sends a request or a reply from an
/// address that is of concern here, or probes for one, is heard (the same, section 2.4 and 2.1.1).
/// </summary>
/// <remarks>
/// Hardware type(2) protocol type(2) lengths(1+1) operation(2), sender hardware(6) at 8, sender protocol(4) at 14, target hardware(6) at 18, target protocol(4) at 24.
/// </remarks>
internal static class ArpResponder
{
    public const int Length = 28;
    public const ushort Request = 1, Reply = 2;
    private const ulong EthernetAndIPv4 = 0x0001_0800_0604;

    public static AnswerDecision Decide(EthernetFrame frame, InterfaceAnswers answers, Span<byte> reply)
    {
        ReadOnlySpan<byte> arp = frame.Payload;
        if (arp.Length < Length) return AnswerDecision.Ignore(IgnoreReason.Truncated);
        if (BinaryPrimitives.ReadUInt64BigEndian(arp) >> 16 != EthernetAndIPv4) return AnswerDecision.Ignore(IgnoreReason.WrongHardware);
        ushort operation = BinaryPrimitives.ReadUInt16BigEndian(arp[6..]);
        if (operation is not (Request or Reply)) return AnswerDecision.Ignore(IgnoreReason.NotRequest);
        if (frame.Destination != MacAddress.Broadcast && frame.Destination != answers.Mac) return AnswerDecision.Ignore(IgnoreReason.EthernetDestination);
        MacAddress sender = MacAddress.FromBytes(arp[8..]);
        if (!Ethernet.IsHost(sender) || sender == answers.Mac) return AnswerDecision.Ignore(IgnoreReason.BadSender);
        IpAddress from = AddressAt(arp, 14), target = AddressAt(arp, 24);
        if (operation == Reply) return AnswerDecision.Silent(answers.Hear(from, sender, frame.Source, HeardBy.ArpReply), IgnoreReason.NotRequest);

        Sighting? heard = from.Value == 0
            ? answers.Hear(target, sender, frame.Source, HeardBy.ArpProbe)
            : answers.Hear(from, sender, frame.Source, HeardBy.ArpRequest);
        if (!answers.TryFind(target, out AddressCounters? counters, out IgnoreReason reason)) return AnswerDecision.Silent(heard, reason);
        // Where two speakers believe to have it, an answer to the announcement of the one would be taken for a claim of the other.
        if (from == target && heard is not null && answers.Hosts.Fellows.Contains(sender)) return AnswerDecision.Silent(heard, default);
        if (from.Value == 0 && answers.IsLeftTo(sender, target)) return AnswerDecision.Silent(heard, IgnoreReason.NotAnnounced);

        // RFC 826: swap hardware and protocol fields, put the local addresses in the sender fields, set the operation to reply.
        sender.WriteBytes(reply);
        answers.Mac.WriteBytes(reply[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(reply[12..], Ethernet.Arp);
        Span<byte> answer = reply[Ethernet.HeaderLength..];
        arp[..6].CopyTo(answer);
        BinaryPrimitives.WriteUInt16BigEndian(answer[6..], Reply);
        answers.Mac.WriteBytes(answer[8..]);
        arp[24..28].CopyTo(answer[14..]);
        arp[8..18].CopyTo(answer[18..]);
        return AnswerDecision.Reply(Ethernet.HeaderLength + Length, counters, heard);
    }

    public static IpAddress AddressAt(ReadOnlySpan<byte> arp, int offset) => IpAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(arp[offset..]));
}
