namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>
/// The speaker's AS number in four octets (RFC 6793 section 3); paths between two speakers that both say this carry four-octet numbers.
/// </summary>
public sealed record FourOctetAsCapability : Capability
{
    /// <param name="asNumber">Not 0 (RFC 7607 section 2).</param>
    public FourOctetAsCapability(uint asNumber) : base(CapabilityCode.FourOctetAs)
    {
        ArgumentOutOfRangeException.ThrowIfZero(asNumber);
        AsNumber = asNumber;
    }

    private FourOctetAsCapability(uint received, bool _) : base(CapabilityCode.FourOctetAs) => AsNumber = received;

    /// <summary>0 where a peer says so: the OPEN that has it is refused as a whole.</summary>
    public uint AsNumber { get; }

    internal static FourOctetAsCapability? Read(ref WireReader value) => value.TryReadUInt32(out uint asNumber) && value.IsEmpty ? new(asNumber, true) : null;

    private protected override void WriteValue(ref WireWriter writer) => writer.WriteUInt32(AsNumber);

    public override string ToString() => $"four-octet-as {AsNumber}";
}
