using System.Security.Cryptography;
using System.Text;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Peering;

/// <summary>Our BGP identifier where none is configured (RFC 4271 section 4.2): any number that no other speaker of our AS has.</summary>
internal static class BgpIdentifier
{
    /// <summary>An IPv4 address of this node; where there is none, a number made from its name, the same after each restart.</summary>
    public static IpAddress Choose(TransportFacts facts, string nodeName)
    {
        if (facts.NodeIPv4 is { } address && address.Value != 0) return address;
        uint number = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(nodeName)));
        return IpAddress.FromIPv4(Math.Max(1, number));
    }
}
