using System.Buffers.Binary;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Frames;

namespace LbSpeaker.Layer2.Answering;

/// <summary>
/// Neighbor Solicitations for announced addresses (RFC 4861 section 7.2.3), duplicate address detection (RFC 4862 section 5.4.3) and
/// unreachability probes without a source option among them. Whoever advertises an address that is of concern here, or tests it for being free, is heard
/// (RFC 4862 section 5.4.4 and 5.4.3).
/// </summary>
/// <remarks>
/// IPv6 (40): payload length at 4, next header at 6, hop limit at 7, source at 8, destination at 24; ICMPv6 at 40: type, code, checksum(2), flags and reserved(4),
/// target at 48, options from 64.
/// </remarks>
internal static class NdpResponder
{
    public const int Icmp = 40, Options = 64;
    public const byte IcmpNextHeader = 58;
    private const int OptionUnit = 8;
    private const byte SourceLinkLayerAddress = 1, TargetLinkLayerAddress = 2, Multicast = 0xFF;

    public static AnswerDecision Decide(EthernetFrame frame, InterfaceAnswers answers, Span<byte> reply)
    {
        ReadOnlySpan<byte> packet = frame.Payload;
        if (packet.Length < Icmp + 4) return AnswerDecision.Ignore(IgnoreReason.Truncated);
        // RFC 6980 section 5: never in fragments. What has other headers before ICMPv6 is taken for neither.
        if (packet[0] >> 4 != 6 || packet[6] != IcmpNextHeader || packet[Icmp] is not (NeighborSolicitation.Type or NeighborAdvertisement.Type) || packet[Icmp + 1] != 0)
            return AnswerDecision.Ignore(IgnoreReason.NotSolicitation);
        int end = Icmp + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (end < Options || end > packet.Length) return AnswerDecision.Ignore(IgnoreReason.Truncated);
        packet = packet[..end];

        // RFC 4861 sections 7.1.1 and 7.1.2: hop limit 255, valid checksum, code 0, target no multicast (none is of concern here), every option longer than zero.
        if (packet[7] != 255) return AnswerDecision.Ignore(IgnoreReason.HopLimit);
        if (!Icmpv6Checksum.IsValid(packet)) return AnswerDecision.Ignore(IgnoreReason.BadChecksum);
        if (!Ethernet.IsHost(frame.Source) || packet[8] == Multicast) return AnswerDecision.Ignore(IgnoreReason.BadSender);
        if (!Ethernet.IsGroup(frame.Destination) && frame.Destination != answers.Mac) return AnswerDecision.Ignore(IgnoreReason.EthernetDestination);
        IpAddress target = new(IpFamily.IPv6, BinaryPrimitives.ReadUInt128BigEndian(packet[48..]));
        return packet[Icmp] == NeighborSolicitation.Type ? DecideSolicitation(frame, packet, target, answers, reply) : DecideAdvertisement(frame, packet, target, answers);
    }

    private static AnswerDecision DecideSolicitation(EthernetFrame frame, ReadOnlySpan<byte> packet, IpAddress target, InterfaceAnswers answers, Span<byte> reply)
    {
        if (!TryReadOption(packet[Options..], SourceLinkLayerAddress, out MacAddress? sourceOption)) return AnswerDecision.Ignore(IgnoreReason.BadOption);
        if (sourceOption == answers.Mac) return AnswerDecision.Ignore(IgnoreReason.BadSender);

        // RFC 4861 section 7.1.1: with the unspecified source it is duplicate address detection, without a source option and to a solicited-node group.
        UInt128 source = BinaryPrimitives.ReadUInt128BigEndian(packet[8..]);
        if (source == 0 && (sourceOption is not null || !SolicitedNode.IsOne(BinaryPrimitives.ReadUInt128BigEndian(packet[24..])))) return AnswerDecision.Ignore(IgnoreReason.BadDad);
        Sighting? heard = source == 0 ? answers.Hear(target, frame.Source, frame.Source, HeardBy.DuplicateDetection) : null;
        if (!answers.TryFind(target, out AddressCounters? counters, out IgnoreReason reason)) return AnswerDecision.Silent(heard, reason);
        if (source == 0 && answers.IsLeftTo(frame.Source, target)) return AnswerDecision.Silent(heard, IgnoreReason.NotAnnounced);

        // RFC 4861 section 7.2.4: to the source, solicited; to all nodes, unsolicited, where the source is unspecified. Override is set: the address has moved
        // here, whatever a neighbour remembers. Without a source option the answer goes back to where the frame came from.
        if (source == 0) NeighborAdvertisement.WriteToAllNodes(reply, answers.Mac, target);
        else NeighborAdvertisement.WriteSolicited(reply, answers.Mac, sourceOption ?? frame.Source, target, new IpAddress(IpFamily.IPv6, source));
        return AnswerDecision.Reply(NeighborAdvertisement.Length, counters, heard);
    }

    private static AnswerDecision DecideAdvertisement(EthernetFrame frame, ReadOnlySpan<byte> packet, IpAddress target, InterfaceAnswers answers)
    {
        if (!TryReadOption(packet[Options..], TargetLinkLayerAddress, out MacAddress? targetOption)) return AnswerDecision.Ignore(IgnoreReason.BadOption);
        // RFC 4861 section 7.1.2: what goes to many was solicited by none.
        if (packet[24] == Multicast && (packet[Icmp + 4] & NeighborAdvertisement.Solicited) != 0) return AnswerDecision.Ignore(IgnoreReason.BadAdvertisement);
        return AnswerDecision.Silent(answers.Hear(target, targetOption ?? frame.Source, frame.Source, HeardBy.Advertisement), IgnoreReason.NotSolicitation);
    }

    /// <summary>Type(1), length in units of 8 octets(1), value. The first link-layer option of the type counts; on Ethernet it is one unit long (RFC 2464 section 6).</summary>
    private static bool TryReadOption(ReadOnlySpan<byte> options, byte type, out MacAddress? found)
    {
        found = null;
        while (!options.IsEmpty)
        {
            if (options.Length < 2) return false;
            int length = options[1] * OptionUnit;
            if (length == 0 || length > options.Length) return false;
            if (options[0] == type)
            {
                MacAddress address = MacAddress.FromBytes(options[2..]);
                if (length != OptionUnit || !Ethernet.IsHost(address)) return false;
                found ??= address;
            }
            options = options[length..];
        }
        return true;
    }
}
