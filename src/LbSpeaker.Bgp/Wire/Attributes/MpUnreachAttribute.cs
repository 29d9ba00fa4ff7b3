using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>
/// Routes of a family that are withdrawn (RFC 4760 section 4).
/// <code>
/// +---------------------------------------------------------+
/// | Address Family Identifier (2 octets)                    |
/// +---------------------------------------------------------+
/// | Subsequent Address Family Identifier (1 octet)          |
/// +---------------------------------------------------------+
/// | Withdrawn Routes (variable)                             |
/// +---------------------------------------------------------+
/// </code>
/// </summary>
public sealed record MpUnreachAttribute : PathAttribute
{
    internal MpUnreachAttribute(AddressFamily family, ValueArray<IpPrefix> prefixes) : base(AttributeType.MpUnreachNlri) => (Family, Prefixes) = (family, prefixes);

    public AddressFamily Family { get; }

    public ValueArray<IpPrefix> Prefixes { get; }

    /// <param name="family">That of the prefixes, all of them.</param>
    public static MpUnreachAttribute Create(IpFamily family, ValueArray<IpPrefix> prefixes)
    {
        if (prefixes.Any(p => p.Family != family)) throw new ArgumentException($"not all prefixes are {family}", nameof(prefixes));
        return new(AddressFamily.UnicastOf(family), prefixes);
    }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        if (!AddressFamily.TryRead(ref value, out AddressFamily family) || family.Unicast is not { } ip) return AttributeFault.WrongValue;
        if (!NlriField.TryRead(value, ip, out ValueArray<IpPrefix> prefixes)) return AttributeFault.WrongValue;
        attribute = new MpUnreachAttribute(family, prefixes);
        return null;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options)
    {
        Family.Write(ref writer);
        NlriField.Write(ref writer, Prefixes);
    }

    public override string ToString() => $"MP_UNREACH_NLRI {Family} {Prefixes}";
}
