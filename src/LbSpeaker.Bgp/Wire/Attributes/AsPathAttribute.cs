namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>The path (RFC 4271 section 5.1.2), in AS numbers of two or of four octets as the session has settled (RFC 6793 section 4).</summary>
public sealed record AsPathAttribute(AsPath Path) : PathAttribute(AttributeType.AsPath)
{
    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        AttributeFault? fault = AsPath.Read(value, options.FourOctetAs, out AsPath path);
        // RFC 5065 section 5: a confederation does not show to the outside.
        if (options.External && path.Segments.Any(s => s.IsConfederation)) fault = AttributeFault.WrongValue;
        attribute = fault is null ? new AsPathAttribute(path) : null!;
        return fault;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => Path.Write(ref writer, options.FourOctetAs);

    public override string ToString() => $"AS_PATH {Path}";
}
