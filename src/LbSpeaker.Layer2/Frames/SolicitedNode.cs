using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Frames;

/// <summary>Solicited-node multicast addresses (RFC 4291 section 2.7.1): ff02::1:ff00:0/104 with the last 24 bits of the address that is asked for.</summary>
internal static class SolicitedNode
{
    private const int HostBits = 24;
    private static readonly IpAddress Prefix = IpAddress.Parse("ff02::1:ff00:0");

    public static IpAddress Of(IpAddress address) => Prefix with { Value = Prefix.Value | (address.Value & ((1u << HostBits) - 1)) };

    public static bool IsOne(UInt128 address) => address >> HostBits == Prefix.Value >> HostBits;
}
