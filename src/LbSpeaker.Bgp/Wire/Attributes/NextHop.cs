using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>
/// Where to send packets for a route: an address, and for IPv6 between neighbours on one link their link-local address beside it (RFC 2545 section 3). Peers
/// without a global address send the link-local one alone, twice, or after <c>::</c>.
/// </summary>
public readonly record struct NextHop(IpAddress Address, IpAddress? LinkLocal = null)
{
    /// <summary>
    /// A host could have it (RFC 4271 section 6.3): not unspecified, loopback, multicast or reserved.
    /// </summary>
    internal static bool IsHost(IpAddress address) => address.Family == IpFamily.IPv4
        ? (uint)address.Value >> 24 is not (0 or 127 or >= 224)
        : address.Value > 1 && address.Value >> 120 != 0xFF;

    internal static bool IsLinkLocal(IpAddress address) => address.IsLinkLocal;

    /// <summary>Octets on the wire: 4, 16 or 32.</summary>
    internal int OctetCount => (IpAddress.Bits(Address.Family) / 8) + (LinkLocal is null ? 0 : 16);

    internal bool IsUsable => IsHost(Address) || (LinkLocal is { } linkLocal && IsHost(linkLocal));

    /// <summary>RFC 2545 section 3: beside an IPv6 address a link-local one, or none.</summary>
    internal bool CanBeSent => IsHost(Address) && (LinkLocal is not { } linkLocal || (Address.Family == IpFamily.IPv6 && IsLinkLocal(linkLocal)));

    /// <summary>Of a length that the family has (RFC 4760 section 3, RFC 2545 section 3), IPv4 with those of RFC 8950 section 3 where settled.</summary>
    internal static bool TryRead(WireReader value, IpFamily family, CodecOptions options, out NextHop nextHop)
    {
        nextHop = default;
        IpFamily own = family == IpFamily.IPv4 && value.Remaining == 4 ? IpFamily.IPv4 : IpFamily.IPv6;
        if (family == IpFamily.IPv4 && own == IpFamily.IPv6 && !options.ExtendedNextHop) return false;
        if (!value.TryReadAddress(own, out IpAddress address)) return false;
        if (value.IsEmpty)
        {
            nextHop = new(address);
            return true;
        }
        if (!value.TryReadAddress(IpFamily.IPv6, out IpAddress linkLocal) || !value.IsEmpty) return false;
        nextHop = new(address, linkLocal);
        return true;
    }

    internal void Write(ref WireWriter writer)
    {
        writer.WriteAddress(Address);
        if (LinkLocal is { } linkLocal) writer.WriteAddress(linkLocal);
    }

    public override string ToString() => LinkLocal is { } linkLocal ? $"{Address} {linkLocal}" : Address.ToString();
}
