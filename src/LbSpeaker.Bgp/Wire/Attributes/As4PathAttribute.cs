namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>The path in four-octet AS numbers, carried through speakers that know two only (RFC 6793 section 3).</summary>
public sealed record As4PathAttribute : PathAttribute
{
    /// <param name="path">Not empty; confederation segments are left out.</param>
    public As4PathAttribute(AsPath path) : base(AttributeType.As4Path)
    {
        Path = path.WithoutConfederation();
        if (Path.Segments.IsEmpty) throw new ArgumentException("an AS4_PATH has at least one segment", nameof(path));
    }

    public AsPath Path { get; }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        // RFC 6793 section 6: at least one segment of one number, and confederation segments are passed over.
        if (value.Remaining < 6) return AttributeFault.WrongLength;
        if (AsPath.Read(value, fourOctets: true, out AsPath path) is { } fault) return fault;
        if (path.Segments.All(s => s.IsConfederation)) return AttributeFault.WrongValue;
        attribute = new As4PathAttribute(path);
        return null;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options) => Path.Write(ref writer, fourOctets: true);

    public override string ToString() => $"AS4_PATH {Path}";
}
