using System.Runtime.InteropServices;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire;

/// <summary>Reads one UPDATE (RFC 4271 section 6.3) and decides what its faults cost (RFC 7606).</summary>
internal sealed class UpdateDecoder(CodecOptions options)
{
    private readonly List<PathAttribute> attributes = new(8);
    private List<AttributeFinding>? findings;
    /// <summary>What the first fault that withdraws would be as a NOTIFICATION, should there be nothing to withdraw.</summary>
    private NotificationMessage? firstWithdrawal;
    private NotificationMessage? reset;
    private bool hasMpReach, hasOtherThanMpUnreach;

    public DecodeResult Decode(ReadOnlySpan<byte> body)
    {
        WireReader reader = new(body);
        // RFC 7606 section 3 b: lengths beyond the message's own.
        if (!reader.TryReadUInt16(out ushort withdrawnLength) || !reader.TryReadSub(withdrawnLength, out WireReader withdrawnField)
            || !reader.TryReadUInt16(out ushort attributesLength) || !reader.TryReadSub(attributesLength, out WireReader attributesField))
            return DecodeResult.Refused(NotificationError.MalformedAttributeList);
        // RFC 7606 section 3 i and j: routes that cannot be read cannot be withdrawn either.
        if (!NlriField.TryRead(withdrawnField, IpFamily.IPv4, out ValueArray<IpPrefix> withdrawn) || !NlriField.TryRead(reader, IpFamily.IPv4, out ValueArray<IpPrefix> nlri))
            return DecodeResult.Refused(NotificationError.InvalidNetworkField);

        ReadAttributes(attributesField, announcesPlain: !nlri.IsEmpty);
        // RFC 7606 section 5.2: attributes without routes. The fault may have hidden them, so that withdrawing none is not enough.
        if (firstWithdrawal is not null && nlri.IsEmpty && !hasMpReach && hasOtherThanMpUnreach) reset ??= firstWithdrawal;
        if (reset is not null) return DecodeResult.Refused(reset).With(findings);

        if (!(withdrawn.IsEmpty && nlri.IsEmpty) && !options.Families.Contains(AddressFamily.IPv4Unicast))
        {
            Add(null, AttributeFault.FamilyNotInUse, ErrorAction.DiscardAttribute, AddressFamily.IPv4Unicast);
            withdrawn = nlri = [];
        }
        if (findings is null && withdrawn.IsEmpty && nlri.IsEmpty)
        {
            if (attributes.Count == 0) return new EndOfRibMessage(AddressFamily.IPv4Unicast);
            if (attributes is [MpUnreachAttribute { Prefixes.IsEmpty: true } unreach]) return new EndOfRibMessage(unreach.Family);
        }
        UpdateMessage update = new(withdrawn, ValueArray.Create<PathAttribute>(CollectionsMarshal.AsSpan(attributes)), nlri);
        return ((DecodeResult)(firstWithdrawal is null ? update : update.AsWithdrawal())).With(findings);
    }

    private void ReadAttributes(WireReader field, bool announcesPlain)
    {
        Span<bool> seen = stackalloc bool[256];
        seen.Clear();
        while (!field.IsEmpty && reset is null)
        {
            ReadOnlySpan<byte> rest = field.Rest;
            if (!TryReadHeader(ref field, out AttributeFlags flags, out AttributeType type, out WireReader value))
            {
                // RFC 7606 section 4: the attributes' total length is relied upon, what is left inside it is not.
                hasOtherThanMpUnreach = true;
                Withdraw(type, AttributeFault.Overrun, NotificationError.MalformedAttributeList, []);
                return;
            }
            ReadOnlySpan<byte> octets = rest[..(rest.Length - field.Remaining)];
            bool repeated = seen[(byte)type];
            seen[(byte)type] = true;
            hasMpReach |= type == AttributeType.MpReachNlri;
            hasOtherThanMpUnreach |= type != AttributeType.MpUnreachNlri;
            if (!repeated) ReadAttribute(flags, type, value, octets);
            // RFC 7606 section 3 g: the first one counts, but of the two that carry routes there must be one only.
            else if (type is AttributeType.MpReachNlri or AttributeType.MpUnreachNlri) Reset(type, AttributeFault.Repeated, NotificationError.MalformedAttributeList, []);
            else Add(type, AttributeFault.Repeated, ErrorAction.DiscardAttribute);
        }

        if (reset is not null) return;
        // RFC 7606 section 3 d.
        foreach (AttributeRow row in AttributeTable.Rows)
            if (!seen[(byte)row.Type] && row.IsMandatory(options, announcesPlain || hasMpReach, announcesPlain))
                Withdraw(row.Type, AttributeFault.Missing, NotificationError.MissingWellKnownAttribute, [(byte)row.Type]);
    }

    private static bool TryReadHeader(ref WireReader field, out AttributeFlags flags, out AttributeType type, out WireReader value)
    {
        value = default;
        type = default;
        bool read = field.TryReadByte(out byte flagsOctet);
        // RFC 4271 section 4.3: the lower four bits are ignored.
        flags = (AttributeFlags)(flagsOctet & 0xF0);
        if (!read || !field.TryReadByte(out byte typeOctet)) return false;
        type = (AttributeType)typeOctet;
        if (!field.TryReadLength(flags.HasFlag(AttributeFlags.ExtendedLength) ? 2 : 1, out int length)) return false;
        // A long length that the value needs goes without saying.
        if (length > byte.MaxValue) flags &= ~AttributeFlags.ExtendedLength;
        return field.TryReadSub(length, out value);
    }

    /// <param name="octets">The whole attribute, for the data of a NOTIFICATION.</param>
    private void ReadAttribute(AttributeFlags flags, AttributeType type, WireReader value, ReadOnlySpan<byte> octets)
    {
        if (AttributeTable.Find(type) is not { } row)
        {
            // RFC 4271 section 6.3: who calls an attribute well-known means that everybody must know it.
            if (!flags.HasFlag(AttributeFlags.Optional)) Reset(type, AttributeFault.UnrecognizedWellKnown, NotificationError.UnrecognizedWellKnownAttribute, octets);
            else attributes.Add(new UnknownAttribute(type, flags, [.. value.Rest]));
            return;
        }
        if (!row.IsFrom(options))
        {
            Add(type, AttributeFault.NotFromThisPeer, ErrorAction.DiscardAttribute);
            return;
        }
        bool carriesRoutes = row.Malformed == ErrorAction.DisableFamily;
        if ((flags & (AttributeFlags.Optional | AttributeFlags.Transitive)) != row.Flags)
        {
            // RFC 7606 section 3 c. The routes inside are read all the same, to be withdrawn.
            Withdraw(type, AttributeFault.WrongFlags, NotificationError.AttributeFlagsError, octets);
            if (!carriesRoutes) return;
        }
        AddressFamily? family = null;
        if (carriesRoutes)
        {
            WireReader head = value;
            if (!AddressFamily.TryRead(ref head, out AddressFamily named))
            {
                Reset(type, AttributeFault.WrongLength, row.WrongValue, octets);
                return;
            }
            if (named.Unicast is null || !options.Families.Contains(named))
            {
                Add(type, AttributeFault.FamilyNotInUse, ErrorAction.DiscardAttribute, named);
                return;
            }
            family = named;
        }

        if (row.Read(value, options, out PathAttribute attribute) is { } fault)
        {
            if (row.Malformed == ErrorAction.TreatAsWithdraw)
                Withdraw(type, fault, fault == AttributeFault.WrongLength ? NotificationError.AttributeLengthError : row.WrongValue, octets);
            else Add(type, fault, row.Malformed, family);
            return;
        }
        // RFC 4271 section 6.3 asks this of NEXT_HOP: it represents a host's address.
        if (attribute is MpReachAttribute { NextHop.IsUsable: false }) Withdraw(type, AttributeFault.WrongValue, NotificationError.InvalidNextHop, octets);
        attributes.Add(attribute with { Flags = flags });
    }

    private void Add(AttributeType? type, AttributeFault fault, ErrorAction action, AddressFamily? family = null) => (findings ??= []).Add(new(type, fault, action, family));

    private void Withdraw(AttributeType type, AttributeFault fault, NotificationError error, ReadOnlySpan<byte> data)
    {
        Add(type, fault, ErrorAction.TreatAsWithdraw);
        // RFC 4271 section 6.3 gives a malformed AS_PATH no data.
        firstWithdrawal ??= new(error, error == NotificationError.MalformedAsPath ? [] : [.. data]);
    }

    private void Reset(AttributeType type, AttributeFault fault, NotificationError error, ReadOnlySpan<byte> data)
    {
        Add(type, fault, ErrorAction.ResetSession);
        reset = new(error, [.. data]);
    }
}
