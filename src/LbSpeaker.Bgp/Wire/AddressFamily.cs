using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Wire;

/// <summary>An address family identifier and its subsequent one (RFC 4760 section 3), of any value: peers name families that we do not speak.</summary>
public readonly record struct AddressFamily(ushort Afi, byte Safi)
{
    public static AddressFamily IPv4Unicast { get; } = new(1, 1);

    public static AddressFamily IPv6Unicast { get; } = new(2, 1);

    public static AddressFamily UnicastOf(IpFamily family) => family == IpFamily.IPv4 ? IPv4Unicast : IPv6Unicast;

    /// <summary>The addresses of a unicast family; null for every other, whose NLRI cannot be read here.</summary>
    public IpFamily? Unicast => (Afi, Safi) switch
    {
        (1, 1) => IpFamily.IPv4,
        (2, 1) => IpFamily.IPv6,
        _ => null,
    };

    internal static bool TryRead(ref WireReader reader, out AddressFamily family)
    {
        family = default;
        if (!reader.TryReadUInt16(out ushort afi) || !reader.TryReadByte(out byte safi)) return false;
        family = new(afi, safi);
        return true;
    }

    internal void Write(ref WireWriter writer)
    {
        writer.WriteUInt16(Afi);
        writer.WriteByte(Safi);
    }

    public override string ToString() => Unicast switch
    {
        IpFamily.IPv4 => "ipv4-unicast",
        IpFamily.IPv6 => "ipv6-unicast",
        _ => $"afi-{Afi}/safi-{Safi}",
    };
}
