using static LbSpeaker.Bgp.Wire.Attributes.AttributeFlags;
using static LbSpeaker.Bgp.Wire.Attributes.ErrorAction;

namespace LbSpeaker.Bgp.Wire.Attributes;

/// <summary>Who may send an attribute. From anybody else it is discarded unread.</summary>
internal enum AttributeSource
{
    Anybody,
    /// <summary>A peer in our own AS.</summary>
    InternalPeer,
    /// <summary>A peer that does not speak four-octet AS numbers (RFC 6793 section 3).</summary>
    TwoOctetPeer,
}

/// <summary>Which UPDATEs must have an attribute (RFC 4271 section 5; RFC 4760 section 3 has moved the next hop).</summary>
internal enum AttributePresence
{
    Optional,
    /// <summary>Every UPDATE that announces.</summary>
    Announcement,
    /// <summary>Every UPDATE that announces to a peer in our own AS.</summary>
    InternalAnnouncement,
    /// <summary>Every UPDATE with NLRI outside of MP_REACH_NLRI.</summary>
    PlainNlri,
}

/// <param name="value">The attribute's value and nothing else.</param>
/// <returns>What is wrong with it, else null and the attribute.</returns>
internal delegate AttributeFault? AttributeReader(WireReader value, CodecOptions options, out PathAttribute attribute);

/// <param name="Flags">Optional and transitive as specified; anything else is <see cref="AttributeFault.WrongFlags"/>, and the routes are withdrawn.</param>
/// <param name="Malformed">What a wrong length or value costs.</param>
/// <param name="WrongValue">The subcode of RFC 4271 section 6.3 where a wrong value ends the session after all.</param>
internal sealed record AttributeRow(
    AttributeType Type, string Name, string Rfc, AttributeFlags Flags, AttributePresence Presence, AttributeSource Source, ErrorAction Malformed, NotificationError WrongValue, AttributeReader Read)
{
    public bool IsFrom(CodecOptions options) => Source switch
    {
        AttributeSource.InternalPeer => !options.External,
        AttributeSource.TwoOctetPeer => !options.FourOctetAs,
        _ => true,
    };

    public bool IsMandatory(CodecOptions options, bool announces, bool plainNlri) => Presence switch
    {
        AttributePresence.Announcement => announces,
        AttributePresence.InternalAnnouncement => announces && !options.External,
        AttributePresence.PlainNlri => plainNlri,
        _ => false,
    };
}

/// <summary>
/// All that is particular to one attribute, one row each: RFC 7606 section 7 decides what its faults cost, and for the younger attributes their own RFC does.
/// README.md shows the table.
/// </summary>
internal static class AttributeTable
{
    private const AttributeFlags WellKnown = Transitive, OptionalTransitive = Optional | Transitive;
    private const AttributeSource Anybody = AttributeSource.Anybody;

    public static IReadOnlyList<AttributeRow> Rows { get; } =
    [
        new(AttributeType.Origin, "ORIGIN", "RFC 7606 section 7.1", WellKnown, AttributePresence.Announcement, Anybody, TreatAsWithdraw, NotificationError.InvalidOrigin, OriginAttribute.Read),
        new(AttributeType.AsPath, "AS_PATH", "RFC 7606 section 7.2", WellKnown, AttributePresence.Announcement, Anybody, TreatAsWithdraw, NotificationError.MalformedAsPath, AsPathAttribute.Read),
        new(AttributeType.NextHop, "NEXT_HOP", "RFC 7606 section 7.3", WellKnown, AttributePresence.PlainNlri, Anybody, TreatAsWithdraw, NotificationError.InvalidNextHop, NextHopAttribute.Read),
        new(AttributeType.MultiExitDisc, "MULTI_EXIT_DISC", "RFC 7606 section 7.4", Optional, AttributePresence.Optional, Anybody, TreatAsWithdraw, NotificationError.OptionalAttributeError, MultiExitDiscAttribute.Read),
        new(AttributeType.LocalPref, "LOCAL_PREF", "RFC 7606 section 7.5", WellKnown, AttributePresence.InternalAnnouncement, AttributeSource.InternalPeer, TreatAsWithdraw, NotificationError.AttributeLengthError, LocalPrefAttribute.Read),
        new(AttributeType.AtomicAggregate, "ATOMIC_AGGREGATE", "RFC 7606 section 7.6", WellKnown, AttributePresence.Optional, Anybody, DiscardAttribute, NotificationError.AttributeLengthError, AtomicAggregateAttribute.Read),
        new(AttributeType.Aggregator, "AGGREGATOR", "RFC 7606 section 7.7", OptionalTransitive, AttributePresence.Optional, Anybody, DiscardAttribute, NotificationError.OptionalAttributeError, AggregatorAttribute.Read),
        new(AttributeType.Communities, "COMMUNITIES", "RFC 7606 section 7.8", OptionalTransitive, AttributePresence.Optional, Anybody, TreatAsWithdraw, NotificationError.OptionalAttributeError, CommunitiesAttribute.Read),
        new(AttributeType.OriginatorId, "ORIGINATOR_ID", "RFC 7606 section 7.9", Optional, AttributePresence.Optional, AttributeSource.InternalPeer, TreatAsWithdraw, NotificationError.OptionalAttributeError, OriginatorIdAttribute.Read),
        new(AttributeType.ClusterList, "CLUSTER_LIST", "RFC 7606 section 7.10", Optional, AttributePresence.Optional, AttributeSource.InternalPeer, TreatAsWithdraw, NotificationError.OptionalAttributeError, ClusterListAttribute.Read),
        new(AttributeType.MpReachNlri, "MP_REACH_NLRI", "RFC 7606 section 7.11", Optional, AttributePresence.Optional, Anybody, DisableFamily, NotificationError.OptionalAttributeError, MpReachAttribute.Read),
        new(AttributeType.MpUnreachNlri, "MP_UNREACH_NLRI", "RFC 7606 section 7.12", Optional, AttributePresence.Optional, Anybody, DisableFamily, NotificationError.OptionalAttributeError, MpUnreachAttribute.Read),
        new(AttributeType.ExtendedCommunities, "EXTENDED_COMMUNITIES", "RFC 7606 section 7.14", OptionalTransitive, AttributePresence.Optional, Anybody, TreatAsWithdraw, NotificationError.OptionalAttributeError, ExtendedCommunitiesAttribute.Read),
        new(AttributeType.As4Path, "AS4_PATH", "RFC 6793 section 6", OptionalTransitive, AttributePresence.Optional, AttributeSource.TwoOctetPeer, DiscardAttribute, NotificationError.OptionalAttributeError, As4PathAttribute.Read),
        new(AttributeType.As4Aggregator, "AS4_AGGREGATOR", "RFC 6793 section 6", OptionalTransitive, AttributePresence.Optional, AttributeSource.TwoOctetPeer, DiscardAttribute, NotificationError.OptionalAttributeError, As4AggregatorAttribute.Read),
        new(AttributeType.LargeCommunities, "LARGE_COMMUNITIES", "RFC 8092 section 6", OptionalTransitive, AttributePresence.Optional, Anybody, TreatAsWithdraw, NotificationError.OptionalAttributeError, LargeCommunitiesAttribute.Read),
    ];

    private static readonly AttributeRow?[] ByType = Index();

    public static AttributeRow? Find(AttributeType type) => ByType[(byte)type];

    /// <summary>The name of the RFCs, or <c>attribute-N</c>.</summary>
    public static string NameOf(AttributeType type) => Find(type)?.Name ?? $"attribute-{(byte)type}";

    private static AttributeRow?[] Index()
    {
        AttributeRow?[] index = new AttributeRow?[256];
        foreach (AttributeRow row in Rows) index[(byte)row.Type] = row;
        return index;
    }
}
