using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>Who has aggregated a route (RFC 4271 section 5.1.7).</summary>
/// <param name="Identifier">A BGP identifier; an IPv4 address by form only.</param>
public readonly record struct Aggregator(uint AsNumber, IpAddress Identifier)
{
    internal bool CanBeSent => AsNumber != 0 && Identifier.Family == IpFamily.IPv4;

    internal static AttributeFault? Read(WireReader value, bool fourOctets, out Aggregator aggregator)
    {
        aggregator = default;
        uint number;
        if (fourOctets)
        {
            if (!value.TryReadUInt32(out number)) return AttributeFault.WrongLength;
        }
        else
        {
            if (!value.TryReadUInt16(out ushort two)) return AttributeFault.WrongLength;
            number = two;
        }
        if (!value.TryReadAddress(IpFamily.IPv4, out IpAddress identifier) || !value.IsEmpty) return AttributeFault.WrongLength;
        // RFC 7607 section 2: nobody is AS 0.
        if (number == 0) return AttributeFault.WrongValue;
        aggregator = new(number, identifier);
        return null;
    }

    internal void Write(ref WireWriter writer, bool fourOctets)
    {
        if (fourOctets) writer.WriteUInt32(AsNumber);
        else writer.WriteUInt16(OpenMessage.TwoOctets(AsNumber));
        writer.WriteAddress(Identifier);
    }

    public override string ToString() => $"{AsNumber} {Identifier}";
}
