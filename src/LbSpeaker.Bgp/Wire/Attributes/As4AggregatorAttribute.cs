namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>The aggregator with its four-octet AS number, carried through speakers that know two only (RFC 6793 section 3): 8 octets.</summary>
public sealed record As4AggregatorAttribute(Aggregator Aggregator) : PathAttribute(AttributeType.As4Aggregator)
{
    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        AttributeFault? fault = Aggregator.Read(value, fourOctets: true, out Aggregator aggregator);
        attribute = fault is null ? new As4AggregatorAttribute(aggregator) : null!;
        return fault;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => Aggregator.Write(ref writer, fourOctets: true);

    public override string ToString() => $"AS4_AGGREGATOR {Aggregator}";
}
