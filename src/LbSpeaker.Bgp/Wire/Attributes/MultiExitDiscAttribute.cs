namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>A metric between several links to the same neighbouring AS; the lower is preferred (RFC 4271 section 5.1.4): 4 octets.</summary>
public sealed record MultiExitDiscAttribute(uint Metric) : PathAttribute(AttributeType.MultiExitDisc)
{
    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        bool read = value.TryReadUInt32(out uint metric) && value.IsEmpty;
        attribute = read ? new MultiExitDiscAttribute(metric) : null!;
        return read ? null : AttributeFault.WrongLength;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => writer.WriteUInt32(Metric);

    public override string ToString() => $"MULTI_EXIT_DISC {Metric}";
}
