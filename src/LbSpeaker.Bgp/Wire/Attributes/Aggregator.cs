using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>Who has aggregated a route (RFC 4271 section 5.1.7).</summary>
public sealed record Aggregator
{
    /// <param name="asNumber">Not 0 (RFC 7607 section 2).</param>
    /// <param name="identifier">A BGP identifier; an IPv4 address by form only.</param>
    public Aggregator(uint asNumber, IpAddress identifier)
    {
        ArgumentOutOfRangeException.ThrowIfZero(asNumber);
        if (identifier.Family != IpFamily.IPv4) throw new ArgumentException($"{identifier} is no BGP identifier", nameof(identifier));
        (AsNumber, Identifier) = (asNumber, identifier);
    }

    public uint AsNumber { get; }

    public IpAddress Identifier { get; }

    internal static AttributeFault? Read(WireReader value, bool fourOctets, out Aggregator aggregator)
    {
        aggregator = null!;
        if (!value.TryReadAsNumber(fourOctets, out uint number) || !value.TryReadAddress(IpFamily.IPv4, out IpAddress identifier) || !value.IsEmpty)
            return AttributeFault.WrongLength;
        if (number == 0) return AttributeFault.WrongValue;
        aggregator = new(number, identifier);
        return null;
    }

    internal void Write(ref WireWriter writer, bool fourOctets)
    {
        writer.WriteAsNumber(AsNumber, fourOctets);
        writer.WriteAddress(Identifier);
    }

    public override string ToString() => $"{AsNumber} {Identifier}";
}
