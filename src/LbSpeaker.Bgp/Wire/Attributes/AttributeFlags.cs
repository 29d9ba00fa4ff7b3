namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>The flags octet of a path attribute; its lower four bits are sent as zero and ignored (RFC 4271 section 4.3).</summary>
[Flags]
public enum AttributeFlags : byte
{
    None = 0,
    /// <summary>The length has two octets.</summary>
    ExtendedLength = 0x10,
    /// <summary>Somebody on the way did not know the attribute.</summary>
    Partial = 0x20,
    /// <summary>Passed on also by those who do not know it.</summary>
    Transitive = 0x40,
    /// <summary>Not well-known.</summary>
    Optional = 0x80,
}
