using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>The next hop of the NLRI field (RFC 4271 section 5.1.3): 4 octets.</summary>
public sealed record NextHopAttribute : PathAttribute
{
    /// <param name="address">An IPv4 address that a host can have.</param>
    public NextHopAttribute(IpAddress address) : base(AttributeType.NextHop)
    {
        if (address.Family != IpFamily.IPv4 || !Attributes.NextHop.IsHost(address)) throw new ArgumentException($"{address} is no next hop for the NLRI field", nameof(address));
        Address = address;
    }

    public IpAddress Address { get; }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        if (!value.TryReadAddress(IpFamily.IPv4, out IpAddress address) || !value.IsEmpty) return AttributeFault.WrongLength;
        // RFC 4271 section 6.3: syntactically it represents a host's address.
        if (!Attributes.NextHop.IsHost(address)) return AttributeFault.WrongValue;
        attribute = new NextHopAttribute(address);
        return null;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => writer.WriteAddress(Address);

    public override string ToString() => $"NEXT_HOP {Address}";
}
