using System.Buffers.Binary;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Frames;

namespace LbSpeaker.Layer2;

/// <summary>What a frame of ARP or NDP says, in the words that tcpdump has for it. For people; what is answered is decided elsewhere, over the whole of a frame.</summary>
/// <param name="Addresses">Those that it asks for or speaks of.</param>
public sealed record FrameText(string Words, IReadOnlyList<IpAddress> Addresses)
{
    /// <param name="octets">Any octets.</param>
    /// <returns>Without addresses where it is cut short or something else.</returns>
    public static FrameText Of(ReadOnlySpan<byte> octets)
    {
        if (!EthernetFrame.TryRead(octets, out EthernetFrame frame)) return new("a frame cut short", []);
        return frame.Type switch
        {
            Ethernet.Arp => OfArp(frame),
            Ethernet.IPv6 => OfIPv6(frame),
            _ => new($"ethertype 0x{frame.Type:x4}", []),
        };
    }

    private static FrameText OfArp(EthernetFrame frame)
    {
        ReadOnlySpan<byte> arp = frame.Payload;
        if (arp.Length < ArpResponder.Length) return new("ARP cut short", []);
        (IpAddress from, IpAddress target, MacAddress sender) = (ArpResponder.AddressAt(arp, 14), ArpResponder.AddressAt(arp, 24), MacAddress.FromBytes(arp[8..]));
        return BinaryPrimitives.ReadUInt16BigEndian(arp[6..]) switch
        {
            ArpResponder.Request when from.Value == 0 => new($"ARP probe for {target} ({sender})", [target]),
            ArpResponder.Request when from == target => new($"ARP announcement of {target} ({sender})", [target]),
            ArpResponder.Request => new($"ARP who-has {target} from {from} ({sender})", [target, from]),
            ArpResponder.Reply when from == target => new($"ARP gratuitous reply {from} is-at {sender}", [from]),
            ArpResponder.Reply => new($"ARP reply {from} is-at {sender} to {target}", [from, target]),
            ushort operation => new($"ARP operation {operation} of {from} for {target} ({sender})", [target, from]),
        };
    }

    private static FrameText OfIPv6(EthernetFrame frame)
    {
        ReadOnlySpan<byte> packet = frame.Payload;
        if (packet.Length < NdpResponder.Options) return new("IPv6 cut short", []);
        (IpAddress source, IpAddress target) = (IpAddress.FromBytes(packet[8..24]), IpAddress.FromBytes(packet[48..64]));
        return packet[NdpResponder.Icmp] switch
        {
            _ when packet[6] != NdpResponder.IcmpNextHeader => new("IPv6 other than ICMPv6", []),
            NeighborSolicitation.Type when source.Value == 0 => new($"NDP duplicate address detection for {target} ({frame.Source})", [target]),
            NeighborSolicitation.Type => new($"NDP solicitation for {target} from {source} ({frame.Source})", [target, source]),
            NeighborAdvertisement.Type => new($"NDP advertisement of {target} ({frame.Source})", [target, source]),
            byte type => new($"ICMPv6 type {type}", []),
        };
    }
}
