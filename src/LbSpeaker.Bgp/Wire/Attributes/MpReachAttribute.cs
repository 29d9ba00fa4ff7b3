using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>
/// Routes of a family with their next hop (RFC 4760 section 3).
/// <code>
/// +---------------------------------------------------------+
/// | Address Family Identifier (2 octets)                    |
/// +---------------------------------------------------------+
/// | Subsequent Address Family Identifier (1 octet)          |
/// +---------------------------------------------------------+
/// | Length of Next Hop Network Address (1 octet)            |
/// +---------------------------------------------------------+
/// | Network Address of Next Hop (variable)                  |
/// +---------------------------------------------------------+
/// | Reserved (1 octet)                                      |
/// +---------------------------------------------------------+
/// | Network Layer Reachability Information (variable)       |
/// +---------------------------------------------------------+
/// </code>
/// </summary>
public sealed record MpReachAttribute : PathAttribute
{
    private MpReachAttribute(AddressFamily family, NextHop nextHop, ValueArray<IpPrefix> prefixes) : base(AttributeType.MpReachNlri) =>
        (Family, NextHop, Prefixes) = (family, nextHop, prefixes);

    public AddressFamily Family { get; }

    public NextHop NextHop { get; }

    public ValueArray<IpPrefix> Prefixes { get; }

    /// <param name="family">That of the prefixes, all of them.</param>
    /// <param name="nextHop">For IPv6 an IPv6 address; for IPv4 one of either family.</param>
    public static MpReachAttribute Create(IpFamily family, NextHop nextHop, ValueArray<IpPrefix> prefixes)
    {
        if (!nextHop.CanBeSent || (family == IpFamily.IPv6 && nextHop.Address.Family != IpFamily.IPv6))
            throw new ArgumentException($"{nextHop} is no next hop for {family}", nameof(nextHop));
        if (prefixes.Any(p => p.Family != family)) throw new ArgumentException($"not all prefixes are {family}", nameof(prefixes));
        return new(AddressFamily.UnicastOf(family), nextHop, prefixes);
    }

    /// <summary>Reads the value of a family in use. The next hop's length must be one that the family has, else the routes behind it cannot be found (RFC 7606 section 7.11).</summary>
    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        if (!AddressFamily.TryRead(ref value, out AddressFamily family) || family.Unicast is not { } ip) return AttributeFault.WrongValue;
        if (!value.TryReadByte(out byte length) || !value.TryReadSub(length, out WireReader hop) || !NextHop.TryRead(hop, ip, options, out NextHop nextHop))
            return AttributeFault.WrongLength;
        // RFC 4760 section 3: reserved, ignored upon receipt.
        if (!value.TryReadByte(out _)) return AttributeFault.WrongLength;
        if (!NlriField.TryRead(value, ip, out ValueArray<IpPrefix> prefixes)) return AttributeFault.WrongValue;
        attribute = new MpReachAttribute(family, nextHop, prefixes);
        return null;
    }

    /// <summary>All that stands before the prefixes.</summary>
    internal static void WriteHead(ref WireWriter writer, AddressFamily family, NextHop nextHop)
    {
        family.Write(ref writer);
        writer.WriteByte(nextHop.OctetCount);
        nextHop.Write(ref writer);
        writer.WriteByte(0);
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options)
    {
        WriteHead(ref writer, Family, NextHop);
        NlriField.Write(ref writer, Prefixes);
    }

    public override string ToString() => $"MP_REACH_NLRI {Family} next-hop {NextHop} {Prefixes}";
}
