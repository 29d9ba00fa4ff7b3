namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>A community (RFC 1997): by convention an AS number in the upper and a value in the lower two octets. Sorts by number.</summary>
public readonly record struct Community(uint Value) : IComparable<Community>
{
    public Community(ushort upper, ushort lower) : this((uint)upper << 16 | lower) { }

    /// <summary>The route is about to go away; who has another takes it (RFC 8326 section 5).</summary>
    public static Community GracefulShutdown { get; } = new(0xFFFF_0000);

    /// <summary>Not to other ASes (RFC 1997).</summary>
    public static Community NoExport { get; } = new(0xFFFF_FF01);

    /// <summary>Not to other peers (RFC 1997).</summary>
    public static Community NoAdvertise { get; } = new(0xFFFF_FF02);

    public int CompareTo(Community other) => Value.CompareTo(other.Value);

    public override string ToString() => $"{Value >> 16}:{Value & 0xFFFF}";
}
