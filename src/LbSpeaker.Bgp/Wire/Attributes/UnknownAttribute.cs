using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>An optional attribute that is not read here, as its octets. RFC 4271 section 5: it does no harm.</summary>
public sealed record UnknownAttribute : PathAttribute
{
    internal UnknownAttribute(AttributeType type, AttributeFlags flags, ValueArray<byte> value) : base(type, flags) => Value = value;

    public ValueArray<byte> Value { get; }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => writer.WriteBytes(Value.AsSpan());

    public override string ToString() =>
        $"{AttributeTable.NameOf(Type)} {(Flags.HasFlag(AttributeFlags.Transitive) ? "transitive" : "non-transitive")} {WireText.Hex(Value.AsSpan())}";
}
