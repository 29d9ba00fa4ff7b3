namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>An aggregate whose path leaves ASes out (RFC 4271 section 5.1.6): no octets.</summary>
public sealed record AtomicAggregateAttribute() : PathAttribute(AttributeType.AtomicAggregate)
{
    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = new AtomicAggregateAttribute();
        return value.IsEmpty ? null : AttributeFault.WrongLength;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) { }

    public override string ToString() => "ATOMIC_AGGREGATE";
}
