namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>
/// What a speaker says in its OPEN that it can do (RFC 5492 section 4).
/// <code>
/// +------------------------------+
/// | Capability Code (1 octet)    |
/// +------------------------------+
/// | Capability Length (1 octet)  |
/// +------------------------------+
/// | Capability Value (variable)  |
/// ~                              ~
/// +------------------------------+
/// </code>
/// </summary>
public abstract record Capability
{
    private protected Capability(CapabilityCode code) => Code = code;

    public CapabilityCode Code { get; }

    private protected abstract void WriteValue(ref WireWriter writer);

    internal void Write(ref WireWriter writer)
    {
        writer.WriteByte((byte)Code);
        int start = writer.OpenLength(1);
        WriteValue(ref writer);
        writer.CloseLength(start, 1);
    }

    /// <summary>False where the length lies, or where the value of a known code is malformed.</summary>
    internal static bool TryRead(ref WireReader reader, out Capability capability)
    {
        capability = null!;
        if (!reader.TryReadByte(out byte octet) || !reader.TryReadByte(out byte length) || !reader.TryReadSub(length, out WireReader value)) return false;
        CapabilityCode code = (CapabilityCode)octet;
        Capability? read = code switch
        {
            CapabilityCode.Multiprotocol => MultiprotocolCapability.Read(ref value),
            CapabilityCode.RouteRefresh or CapabilityCode.EnhancedRouteRefresh => value.IsEmpty ? new FlagCapability(code) : null,
            CapabilityCode.ExtendedNextHop => ExtendedNextHopCapability.Read(ref value),
            CapabilityCode.GracefulRestart => GracefulRestartCapability.Read(ref value),
            CapabilityCode.FourOctetAs => FourOctetAsCapability.Read(ref value),
            CapabilityCode.Fqdn => FqdnCapability.Read(value),
            _ => UnknownCapability.Read(code, value),
        };
        capability = read!;
        return read is not null;
    }
}
