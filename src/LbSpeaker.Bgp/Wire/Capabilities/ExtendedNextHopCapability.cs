using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>Routes of <paramref name="Family"/> may have a next hop of the address family <paramref name="NextHopAfi"/> (1 IPv4, 2 IPv6).</summary>
public readonly record struct ExtendedNextHop(AddressFamily Family, ushort NextHopAfi)
{
    /// <summary>IPv4 unicast over IPv6 next hops.</summary>
    public static ExtendedNextHop IPv4OverIPv6 { get; } = new(AddressFamily.IPv4Unicast, AddressFamily.IPv6Unicast.Afi);

    public override string ToString() => $"{Family} over afi-{NextHopAfi}";
}

/// <summary>
/// Families whose next hop may be of another address family (RFC 8950 section 4). The SAFI has two octets here.
/// <code>
/// +-----------------------------------------------------+
/// | NLRI AFI - 1 (2 octets)                             |
/// +-----------------------------------------------------+
/// | NLRI SAFI - 1 (2 octets)                            |
/// +-----------------------------------------------------+
/// | Nexthop AFI - 1 (2 octets)                          |
/// +-----------------------------------------------------+
/// | ...                                                 |
/// +-----------------------------------------------------+
/// </code>
/// </summary>
public sealed record ExtendedNextHopCapability(ValueArray<ExtendedNextHop> Encodings) : Capability(CapabilityCode.ExtendedNextHop)
{
    internal static ExtendedNextHopCapability? Read(ref WireReader value)
    {
        List<ExtendedNextHop> encodings = new(value.Remaining / 6);
        while (!value.IsEmpty)
        {
            if (!value.TryReadUInt16(out ushort afi) || !value.TryReadUInt16(out ushort safi) || !value.TryReadUInt16(out ushort nextHopAfi) || safi > byte.MaxValue) return null;
            encodings.Add(new(new AddressFamily(afi, (byte)safi), nextHopAfi));
        }
        return new([.. encodings]);
    }

    private protected override void WriteValue(ref WireWriter writer)
    {
        foreach (ExtendedNextHop encoding in Encodings)
        {
            writer.WriteUInt16(encoding.Family.Afi);
            writer.WriteUInt16(encoding.Family.Safi);
            writer.WriteUInt16(encoding.NextHopAfi);
        }
    }

    public override string ToString() => $"extended-next-hop {Encodings}";
}
