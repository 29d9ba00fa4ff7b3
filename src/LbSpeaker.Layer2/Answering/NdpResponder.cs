using System.Buffers.Binary;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Frames;

namespace LbSpeaker.Layer2.Answering;

/// <summary>
/// Neighbor Solicitations for announced addresses (RFC 4861 section 7.2.3), duplicate address detection (RFC 4862 section 5.4.3) and
/// unreachability probes without a source option among them.
/// </summary>
/// <remarks>
/// After the Ethernet header: IPv6 (40): payload length at 18, next header at 20, hop limit at 21, source at 22, destination at 38; ICMPv6 at 54: type, code,
/// checksum, reserved(4), target at 62, options from 78.
/// </remarks>
internal static class NdpResponder
{
    private const int Icmp = 54, Options = 78;
    private const byte IcmpNextHeader = 58, NeighborSolicitation = 135, SourceLinkLayerAddress = 1;

    public static AnswerDecision Decide(ReadOnlySpan<byte> frame, InterfaceAnswers answers, Span<byte> reply)
    {
        if (frame.Length < Icmp + 4) return AnswerDecision.Ignore(IgnoreReason.Truncated);
        if (frame[14] >> 4 != 6 || frame[20] != IcmpNextHeader || frame[Icmp] != NeighborSolicitation || frame[Icmp + 1] != 0)
            return AnswerDecision.Ignore(IgnoreReason.NotSolicitation);
        int end = Icmp + BinaryPrimitives.ReadUInt16BigEndian(frame[18..]);
        if (frame.Length < Options || end < Options || end > frame.Length) return AnswerDecision.Ignore(IgnoreReason.Truncated);
        frame = frame[..end];

        // RFC 4861 section 7.1.1: hop limit 255, valid checksum, code 0, target no multicast, every option longer than zero.
        if (frame[21] != 255) return AnswerDecision.Ignore(IgnoreReason.HopLimit);
        if (!InternetChecksum.IsValidIcmpv6(frame)) return AnswerDecision.Ignore(IgnoreReason.BadChecksum);
        MacAddress sourceMac = Ethernet.Source(frame);
        if (Ethernet.IsGroup(sourceMac) || frame[22] == 0xFF) return AnswerDecision.Ignore(IgnoreReason.BadSender);
        MacAddress destination = Ethernet.Destination(frame);
        if (!Ethernet.IsGroup(destination) && destination != answers.Mac) return AnswerDecision.Ignore(IgnoreReason.EthernetDestination);
        if (!TryReadOptions(frame[Options..], out MacAddress? sourceOption)) return AnswerDecision.Ignore(IgnoreReason.BadOption);

        UInt128 source = BinaryPrimitives.ReadUInt128BigEndian(frame[22..]);
        // With the unspecified source it is duplicate address detection: no source option, sent to the solicited-node group.
        if (source == 0 && (sourceOption is not null || frame[38] != 0xFF)) return AnswerDecision.Ignore(IgnoreReason.BadOption);
        IpAddress target = new(IpFamily.IPv6, BinaryPrimitives.ReadUInt128BigEndian(frame[62..]));
        if (answers.Against(target) is { } reason) return AnswerDecision.Ignore(reason);

        // RFC 4861 section 7.2.4: to the source, solicited; to all nodes, unsolicited, where the source is unspecified. Override is set: the address has moved
        // here, whatever a neighbour remembers. Without a source option the answer goes back to where the frame came from.
        if (source == 0) NeighborAdvertisement.WriteToAllNodes(reply, answers.Mac, target);
        else NeighborAdvertisement.WriteSolicited(reply, answers.Mac, sourceOption ?? sourceMac, target, new IpAddress(IpFamily.IPv6, source));
        return AnswerDecision.Reply(NeighborAdvertisement.Length, target);
    }

    private static bool TryReadOptions(ReadOnlySpan<byte> options, out MacAddress? sourceLinkLayer)
    {
        sourceLinkLayer = null;
        while (!options.IsEmpty)
        {
            if (options.Length < 2) return false;
            int length = options[1] * 8;
            if (length == 0 || length > options.Length) return false;
            if (options[0] == SourceLinkLayerAddress)
            {
                MacAddress address = MacAddress.FromBytes(options[2..]);
                if (Ethernet.IsGroup(address) || address.Value == 0) return false;
                sourceLinkLayer = address;
            }
            options = options[length..];
        }
        return true;
    }
}
