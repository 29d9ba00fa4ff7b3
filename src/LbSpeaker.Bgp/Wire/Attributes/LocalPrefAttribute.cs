namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>How much the route is wanted inside the AS; the higher is preferred (RFC 4271 section 5.1.5): 4 octets.</summary>
public sealed record LocalPrefAttribute(uint Preference) : PathAttribute(AttributeType.LocalPref)
{
    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        bool read = value.TryReadUInt32(out uint preference) && value.IsEmpty;
        attribute = read ? new LocalPrefAttribute(preference) : null!;
        return read ? null : AttributeFault.WrongLength;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => writer.WriteUInt32(Preference);

    public override string ToString() => $"LOCAL_PREF {Preference}";
}
