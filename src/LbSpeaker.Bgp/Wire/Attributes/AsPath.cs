using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>RFC 4271 section 4.3; the confederation's two, RFC 5065 section 3.</summary>
public enum AsPathSegmentType : byte
{
    Set = 1,
    Sequence = 2,
    ConfederationSequence = 3,
    ConfederationSet = 4,
}

/// <summary>One segment of a path.</summary>
public sealed record AsPathSegment
{
    /// <param name="numbers">1 to 255 AS numbers, none 0 (RFC 7607 section 2).</param>
    public AsPathSegment(AsPathSegmentType type, ValueArray<uint> numbers)
    {
        if (numbers.Count is 0 or > byte.MaxValue) throw new ArgumentException($"a segment has 1 to 255 AS numbers, not {numbers.Count}", nameof(numbers));
        if (numbers.Contains(0)) throw new ArgumentException("nobody is AS 0", nameof(numbers));
        (Type, Numbers) = (type, numbers);
    }

    public AsPathSegmentType Type { get; }

    public ValueArray<uint> Numbers { get; }

    internal bool IsConfederation => Type is AsPathSegmentType.ConfederationSequence or AsPathSegmentType.ConfederationSet;

    public override string ToString()
    {
        string numbers = string.Join(' ', Numbers.AsSpan().ToArray());
        return Type switch
        {
            AsPathSegmentType.Set => $"{{{numbers}}}",
            AsPathSegmentType.ConfederationSequence => $"({numbers})",
            AsPathSegmentType.ConfederationSet => $"[{numbers}]",
            _ => numbers,
        };
    }
}

/// <summary>
/// The ASes that a route has come through, the nearest first (RFC 4271 section 4.3). Its segments:
/// <code>
/// +---------------+---------------+----------------------------------+
/// | Type (1 octet)| Count(1 octet)| AS numbers (2 or 4 octets each)  |
/// +---------------+---------------+----------------------------------+
/// </code>
/// </summary>
public sealed record AsPath(ValueArray<AsPathSegment> Segments)
{
    public static AsPath Empty { get; } = new([]);

    /// <summary>A path of one sequence, or the empty path.</summary>
    public static AsPath Sequence(params ReadOnlySpan<uint> numbers) => numbers.IsEmpty ? Empty : new([new AsPathSegment(AsPathSegmentType.Sequence, [.. numbers])]);

    internal bool NeedsFourOctets => Segments.Any(s => s.Numbers.Any(n => n > ushort.MaxValue));

    /// <summary>What a path between two-octet speakers and the AS4_PATH that travelled with it say together (RFC 6793 section 4.2.3).</summary>
    public static AsPath Merge(AsPath path, AsPath? four)
    {
        if (four is null) return path;
        // Where the path is the shorter one, somebody who does not know AS4_PATH has shortened it, and AS4_PATH says nothing.
        int lead = path.Length - four.Length;
        if (lead < 0) return path;
        List<AsPathSegment> segments = [];
        foreach (AsPathSegment segment in path.Segments)
        {
            if (lead <= 0 && !segment.IsConfederation) break;
            int take = segment.Type == AsPathSegmentType.Sequence ? Math.Min(lead, segment.Numbers.Count) : segment.Numbers.Count;
            segments.Add(new(segment.Type, [.. segment.Numbers.AsSpan()[..take]]));
            lead -= LengthOf(segments[^1]);
        }
        // A sequence cut in two is one sequence again.
        ReadOnlySpan<AsPathSegment> tail = four.Segments.AsSpan();
        if (segments.Count > 0 && !tail.IsEmpty && segments[^1].Type == AsPathSegmentType.Sequence && tail[0].Type == AsPathSegmentType.Sequence
            && segments[^1].Numbers.Count + tail[0].Numbers.Count <= byte.MaxValue)
        {
            segments[^1] = new(AsPathSegmentType.Sequence, [.. segments[^1].Numbers, .. tail[0].Numbers]);
            tail = tail[1..];
        }
        return new([.. segments, .. tail]);
    }

    /// <summary>As route selection counts (RFC 4271 section 9.1.2.2): a set is one, a confederation nothing (RFC 5065 section 5.3).</summary>
    public int Length => Segments.Sum(LengthOf);

    /// <summary>What an AS4_PATH has of it: a confederation stays outside (RFC 6793 section 4.2.2).</summary>
    internal AsPath WithoutConfederation() => new([.. Segments.Where(s => !s.IsConfederation)]);

    private static int LengthOf(AsPathSegment segment) => segment.Type switch
    {
        AsPathSegmentType.Sequence => segment.Numbers.Count,
        AsPathSegmentType.Set => 1,
        _ => 0,
    };

    /// <summary>RFC 7606 section 7.2: no other segment types, no segment that is empty or reaches beyond the end, and no AS 0 (RFC 7607 section 2).</summary>
    internal static AttributeFault? Read(WireReader value, bool fourOctets, out AsPath path)
    {
        path = Empty;
        List<AsPathSegment> segments = [];
        while (!value.IsEmpty)
        {
            if (!value.TryReadByte(out byte type) || !value.TryReadByte(out byte count)) return AttributeFault.WrongValue;
            if (type is < (byte)AsPathSegmentType.Set or > (byte)AsPathSegmentType.ConfederationSet || count == 0) return AttributeFault.WrongValue;
            if (!value.TryReadSub(count * (fourOctets ? 4 : 2), out WireReader octets)) return AttributeFault.WrongValue;
            uint[] numbers = new uint[count];
            for (int i = 0; i < count; i++)
                if (!octets.TryReadAsNumber(fourOctets, out numbers[i]) || numbers[i] == 0) return AttributeFault.WrongValue;
            segments.Add(new((AsPathSegmentType)type, [.. numbers]));
        }
        path = new([.. segments]);
        return null;
    }

    internal void Write(ref WireWriter writer, bool fourOctets)
    {
        foreach (AsPathSegment segment in Segments)
        {
            writer.WriteByte((byte)segment.Type);
            writer.WriteByte(segment.Numbers.Count);
            foreach (uint number in segment.Numbers) writer.WriteAsNumber(number, fourOctets);
        }
    }

    public override string ToString() => Segments.IsEmpty ? "empty" : string.Join(' ', Segments);
}
