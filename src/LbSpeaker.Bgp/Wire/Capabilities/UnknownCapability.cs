using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>A capability that is not read here, as its octets. RFC 5492 section 3: it is no reason to end a session.</summary>
public sealed record UnknownCapability : Capability
{
    private UnknownCapability(CapabilityCode code, ValueArray<byte> value) : base(code) => Value = value;

    public ValueArray<byte> Value { get; }

    internal static UnknownCapability Read(CapabilityCode code, WireReader value) => new(code, [.. value.Rest]);

    private protected override void WriteValue(ref WireWriter writer) => writer.WriteBytes(Value.AsSpan());

    public override string ToString() => Value.IsEmpty ? $"capability-{(byte)Code}" : $"capability-{(byte)Code} {WireText.Hex(Value.AsSpan())}";
}
