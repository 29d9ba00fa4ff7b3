using System.Net.NetworkInformation;
using LbSpeaker.Core.Net;
using PacketDotNet;

namespace LbSpeaker.Layer2.Frames;

/// <summary>What tells the whole segment that an address lives at an interface.</summary>
internal static class GratuitousFrames
{
    /// <summary>
    /// IPv4: an ARP request and an ARP reply, both to everyone, the address as sender and target, since some hosts learn from the one and some from the other
    /// (RFC 5227 section 3). IPv6: an unsolicited Neighbor Advertisement (RFC 4861 section 7.2.6).
    /// </summary>
    public static byte[][] Of(IpAddress address, MacAddress mac)
    {
        if (address.Family == IpFamily.IPv4) return [Arp(address, mac, ArpOperation.Request), Arp(address, mac, ArpOperation.Response)];
        byte[] advertisement = new byte[NeighborAdvertisement.Length];
        NeighborAdvertisement.WriteToAllNodes(advertisement, mac, address);
        return [advertisement];
    }

    private static byte[] Arp(IpAddress address, MacAddress mac, ArpOperation operation)
    {
        byte[] octets = new byte[6];
        mac.WriteBytes(octets);
        PhysicalAddress own = new(octets), everyone = new([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        return new EthernetPacket(own, everyone, EthernetType.Arp)
        {
            PayloadPacket = new ArpPacket(operation, everyone, address.ToIPAddress(), own, address.ToIPAddress()),
        }.Bytes;
    }
}
