using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>The BGP identifier of the one who brought a reflected route into the AS (RFC 4456 section 8): 4 octets.</summary>
public sealed record OriginatorIdAttribute : PathAttribute
{
    internal OriginatorIdAttribute(IpAddress identifier) : base(AttributeType.OriginatorId) => Identifier = identifier;

    public IpAddress Identifier { get; }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        bool read = value.TryReadAddress(IpFamily.IPv4, out IpAddress identifier) && value.IsEmpty;
        attribute = read ? new OriginatorIdAttribute(identifier) : null!;
        return read ? null : AttributeFault.WrongLength;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => writer.WriteAddress(Identifier);

    public override string ToString() => $"ORIGINATOR_ID {Identifier}";
}
