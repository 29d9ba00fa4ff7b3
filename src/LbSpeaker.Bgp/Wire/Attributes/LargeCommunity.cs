namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>A large community (RFC 8092 section 3): whose it is, and two values that are its own. Sorts by number.</summary>
public readonly record struct LargeCommunity(uint GlobalAdministrator, uint LocalData1, uint LocalData2) : IComparable<LargeCommunity>
{
    public int CompareTo(LargeCommunity other) =>
        (GlobalAdministrator, LocalData1, LocalData2).CompareTo((other.GlobalAdministrator, other.LocalData1, other.LocalData2));

    public override string ToString() => $"{GlobalAdministrator}:{LocalData1}:{LocalData2}";
}
