using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Frames;

/// <summary>The Ethernet II header: destination(6), source(6), type(2).</summary>
internal static class Ethernet
{
    public const int HeaderLength = 14;
    public const ushort Arp = 0x0806, IPv6 = 0x86DD, Vlan = 0x8100, ServiceVlan = 0x88A8;

    public static MacAddress Destination(ReadOnlySpan<byte> frame) => MacAddress.FromBytes(frame);

    public static MacAddress Source(ReadOnlySpan<byte> frame) => MacAddress.FromBytes(frame[6..]);

    /// <summary>The group bit: multicast or broadcast.</summary>
    public static bool IsGroup(MacAddress address) => (address.Value >> 40 & 1) == 1;
}
