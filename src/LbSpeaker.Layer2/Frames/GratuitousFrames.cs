using System.Net.NetworkInformation;
using LbSpeaker.Core.Net;
using PacketDotNet;

namespace LbSpeaker.Layer2.Frames;

/// <summary>What is sent to the whole segment unasked: that an address lives at an interface, or the question whether anybody has it.</summary>
internal static class GratuitousFrames
{
    /// <summary>
    /// IPv4: an ARP request and an ARP reply, both to everyone, the address as sender and target, since some hosts learn from the one and some from the other
    /// (RFC 5227 section 3). IPv6: an unsolicited Neighbor Advertisement (RFC 4861 section 7.2.6).
    /// </summary>
    public static byte[][] Of(IpAddress address, MacAddress mac)
    {
        if (address.Family == IpFamily.IPv4) return [Arp(ArpOperation.Request, mac, address, MacAddress.Broadcast, address), Arp(ArpOperation.Response, mac, address, MacAddress.Broadcast, address)];
        byte[] advertisement = new byte[NeighborAdvertisement.Length];
        NeighborAdvertisement.WriteToAllNodes(advertisement, mac, address);
        return [advertisement];
    }

    /// <summary>IPv4: an ARP probe, which enters no cache (RFC 5227 section 2.1.1). IPv6: the solicitation of duplicate address detection (RFC 4862 section 5.4.2).</summary>
    public static byte[] Probe(IpAddress address, MacAddress mac) =>
        address.Family == IpFamily.IPv4 ? Arp(ArpOperation.Request, mac, IpAddress.FromIPv4(0), default, address) : NeighborSolicitation.OfDuplicateDetection(address, mac);

    private static byte[] Arp(ArpOperation operation, MacAddress mac, IpAddress sender, MacAddress targetMac, IpAddress target) => new EthernetPacket(Physical(mac), Physical(MacAddress.Broadcast), EthernetType.Arp)
    {
        PayloadPacket = new ArpPacket(operation, Physical(targetMac), target.ToIPAddress(), Physical(mac), sender.ToIPAddress()),
    }.Bytes;

    private static PhysicalAddress Physical(MacAddress mac)
    {
        byte[] octets = new byte[6];
        mac.WriteBytes(octets);
        return new(octets);
    }
}
