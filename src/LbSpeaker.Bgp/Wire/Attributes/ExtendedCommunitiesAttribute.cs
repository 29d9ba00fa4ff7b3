using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>Extended communities (RFC 4360 section 2): 8 octets each, at least one.</summary>
public sealed record ExtendedCommunitiesAttribute : PathAttribute
{
    public ExtendedCommunitiesAttribute(ValueArray<ExtendedCommunity> communities) : base(AttributeType.ExtendedCommunities)
    {
        if (communities.IsEmpty) throw new ArgumentException("without an extended community there is no attribute", nameof(communities));
        Communities = communities;
    }

    public ValueArray<ExtendedCommunity> Communities { get; }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        if (value.IsEmpty || value.Remaining % 8 != 0) return AttributeFault.WrongLength;
        ExtendedCommunity[] communities = new ExtendedCommunity[value.Remaining / 8];
        for (int i = 0; value.TryReadUInt64(out ulong community); i++) communities[i] = new(community);
        attribute = new ExtendedCommunitiesAttribute([.. communities]);
        return null;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options)
    {
        foreach (ExtendedCommunity community in Communities) writer.WriteUInt64(community.Value);
    }

    public override string ToString() => $"EXTENDED_COMMUNITIES {string.Join(' ', Communities)}";
}
