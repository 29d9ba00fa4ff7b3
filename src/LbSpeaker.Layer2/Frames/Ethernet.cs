using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Frames;

/// <summary>Numbers of Ethernet (IEEE 802.3, 802.1Q).</summary>
internal static class Ethernet
{
    public const int HeaderLength = 14, TagLength = 4;
    public const ushort Arp = 0x0806, IPv6 = 0x86DD, Vlan = 0x8100, ServiceVlan = 0x88A8;

    /// <summary>The bits of a tag that name the VLAN. VLAN 0 is none: such a frame has a priority only.</summary>
    public const ushort VlanMask = 0xFFF;

    /// <summary>The group bit: multicast or broadcast.</summary>
    public static bool IsGroup(MacAddress address) => (address.Value >> 40 & 1) == 1;

    /// <summary>An address that one host can have.</summary>
    public static bool IsHost(MacAddress address) => !IsGroup(address) && address.Value != 0;
}
