using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>Communities (RFC 1997): 4 octets each, at least one.</summary>
public sealed record CommunitiesAttribute : PathAttribute
{
    public CommunitiesAttribute(ValueArray<Community> communities) : base(AttributeType.Communities)
    {
        if (communities.IsEmpty) throw new ArgumentException("without a community there is no attribute", nameof(communities));
        Communities = communities;
    }

    public ValueArray<Community> Communities { get; }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        if (value.IsEmpty || value.Remaining % 4 != 0) return AttributeFault.WrongLength;
        Community[] communities = new Community[value.Remaining / 4];
        for (int i = 0; value.TryReadUInt32(out uint community); i++) communities[i] = new(community);
        attribute = new CommunitiesAttribute([.. communities]);
        return null;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options)
    {
        foreach (Community community in Communities) writer.WriteUInt32(community.Value);
    }

    public override string ToString() => $"COMMUNITIES {string.Join(' ', Communities)}";
}
