namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>
/// The last AS that has aggregated the route (RFC 4271 section 4.3), 6 octets, or 8 between four-octet speakers (RFC 6793 section 3).
/// <code>
/// +---------------------------+--------------------------+
/// | AS number (2 or 4 octets) | BGP identifier (4 octets)|
/// +---------------------------+--------------------------+
/// </code>
/// </summary>
public sealed record AggregatorAttribute(Aggregator Aggregator) : PathAttribute(AttributeType.Aggregator)
{
    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        AttributeFault? fault = Aggregator.Read(value, options.FourOctetAs, out Aggregator aggregator);
        attribute = fault is null ? new AggregatorAttribute(aggregator) : null!;
        return fault;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => Aggregator.Write(ref writer, options.FourOctetAs);

    public override string ToString() => $"AGGREGATOR {Aggregator}";
}
