using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>
/// Large communities, at least one (RFC 8092 section 3). Each:
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                      Global Administrator                     |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                       Local Data Part 1                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                       Local Data Part 2                       |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// </code>
/// </summary>
public sealed record LargeCommunitiesAttribute : PathAttribute
{
    private const int Length = 12;

    public LargeCommunitiesAttribute(ValueArray<LargeCommunity> communities) : base(AttributeType.LargeCommunities)
    {
        if (communities.IsEmpty) throw new ArgumentException("without a large community there is no attribute", nameof(communities));
        Communities = communities;
    }

    public ValueArray<LargeCommunity> Communities { get; }

    internal static AttributeFault? Read(WireReader value, CodecOptions options, out PathAttribute attribute)
    {
        attribute = null!;
        if (value.IsEmpty || value.Remaining % Length != 0) return AttributeFault.WrongLength;
        LargeCommunity[] communities = new LargeCommunity[value.Remaining / Length];
        for (int i = 0; value.TryReadUInt32(out uint administrator) && value.TryReadUInt32(out uint one) && value.TryReadUInt32(out uint two); i++)
            communities[i] = new(administrator, one, two);
        attribute = new LargeCommunitiesAttribute([.. communities]);
        return null;
    }

    private protected override void WriteValue(ref WireWriter writer, CodecOptions options)
    {
        foreach (LargeCommunity community in Communities)
        {
            writer.WriteUInt32(community.GlobalAdministrator);
            writer.WriteUInt32(community.LocalData1);
            writer.WriteUInt32(community.LocalData2);
        }
    }

    public override string ToString() => $"LARGE_COMMUNITIES {string.Join(' ', Communities)}";
}
