using static LbSpeaker.Bgp.Wire.Attributes.AttributeFlags;
using static LbSpeaker.Bgp.Wire.Attributes.ErrorAction;
using Error = LbSpeaker.Bgp.Wire.NotificationError;
using Presence = LbSpeaker.Bgp.Wire.Attributes.AttributePresence;
using Source = LbSpeaker.Bgp.Wire.Attributes.AttributeSource;

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
    AttributeType Type, string Name, string Rfc, AttributeFlags Flags, AttributePresence Presence, AttributeSource Source,
    ErrorAction Malformed, NotificationError WrongValue, AttributeReader Read)
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
    private const Source Anybody = Source.Anybody;

    public static IReadOnlyList<AttributeRow> Rows { get; } =
    [
        new(AttributeType.Origin, "ORIGIN", "RFC 7606, 7.1", WellKnown, Presence.Announcement, Anybody, TreatAsWithdraw, Error.InvalidOrigin, OriginAttribute.Read),
        new(AttributeType.AsPath, "AS_PATH", "RFC 7606, 7.2", WellKnown, Presence.Announcement, Anybody, TreatAsWithdraw, Error.MalformedAsPath, AsPathAttribute.Read),
        new(AttributeType.NextHop, "NEXT_HOP", "RFC 7606, 7.3", WellKnown, Presence.PlainNlri, Anybody, TreatAsWithdraw, Error.InvalidNextHop, NextHopAttribute.Read),
        new(AttributeType.MultiExitDisc, "MULTI_EXIT_DISC", "RFC 7606, 7.4", Optional, Presence.Optional, Anybody, TreatAsWithdraw, Error.OptionalAttributeError, MultiExitDiscAttribute.Read),
        new(AttributeType.LocalPref, "LOCAL_PREF", "RFC 7606, 7.5", WellKnown, Presence.InternalAnnouncement, Source.InternalPeer, TreatAsWithdraw, Error.AttributeLengthError, LocalPrefAttribute.Read),
        new(AttributeType.AtomicAggregate, "ATOMIC_AGGREGATE", "RFC 7606, 7.6", WellKnown, Presence.Optional, Anybody, DiscardAttribute, Error.AttributeLengthError, AtomicAggregateAttribute.Read),
        new(AttributeType.Aggregator, "AGGREGATOR", "RFC 7606, 7.7", OptionalTransitive, Presence.Optional, Anybody, DiscardAttribute, Error.OptionalAttributeError, AggregatorAttribute.Read),
        new(AttributeType.Communities, "COMMUNITIES", "RFC 7606, 7.8", OptionalTransitive, Presence.Optional, Anybody, TreatAsWithdraw, Error.OptionalAttributeError, CommunitiesAttribute.Read),
        new(AttributeType.OriginatorId, "ORIGINATOR_ID", "RFC 7606, 7.9", Optional, Presence.Optional, Source.InternalPeer, TreatAsWithdraw, Error.OptionalAttributeError, OriginatorIdAttribute.Read),
        new(AttributeType.ClusterList, "CLUSTER_LIST", "RFC 7606, 7.10", Optional, Presence.Optional, Source.InternalPeer, TreatAsWithdraw, Error.OptionalAttributeError, ClusterListAttribute.Read),
        new(AttributeType.MpReachNlri, "MP_REACH_NLRI", "RFC 7606, 7.11", Optional, Presence.Optional, Anybody, DisableFamily, Error.OptionalAttributeError, MpReachAttribute.Read),
        new(AttributeType.MpUnreachNlri, "MP_UNREACH_NLRI", "RFC 7606, 7.12", Optional, Presence.Optional, Anybody, DisableFamily, Error.OptionalAttributeError, MpUnreachAttribute.Read),
        new(AttributeType.ExtendedCommunities, "EXTENDED_COMMUNITIES", "RFC 7606, 7.14", OptionalTransitive, Presence.Optional, Anybody, TreatAsWithdraw, Error.OptionalAttributeError, ExtendedCommunitiesAttribute.Read),
        new(AttributeType.As4Path, "AS4_PATH", "RFC 6793, 6", OptionalTransitive, Presence.Optional, Source.TwoOctetPeer, DiscardAttribute, Error.OptionalAttributeError, As4PathAttribute.Read),
        new(AttributeType.As4Aggregator, "AS4_AGGREGATOR", "RFC 6793, 6", OptionalTransitive, Presence.Optional, Source.TwoOctetPeer, DiscardAttribute, Error.OptionalAttributeError, As4AggregatorAttribute.Read),
        new(AttributeType.LargeCommunities, "LARGE_COMMUNITIES", "RFC 8092, 6", OptionalTransitive, Presence.Optional, Anybody, TreatAsWithdraw, Error.OptionalAttributeError, LargeCommunitiesAttribute.Read),
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
