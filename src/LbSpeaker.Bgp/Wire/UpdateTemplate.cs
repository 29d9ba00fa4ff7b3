using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire;

/// <summary>Where the prefixes of an UPDATE stand.</summary>
public enum RouteField
{
    /// <summary>The NLRI and withdrawn routes fields of RFC 4271: IPv4 only.</summary>
    Plain,
    /// <summary>MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760).</summary>
    Multiprotocol,
}

/// <summary>
/// Writes the UPDATEs for any number of prefixes that go the same way. What the messages have in common is written once, when the template is made; then each
/// <see cref="Write"/> fills one message, without allocating. One message announces or withdraws in one field only (RFC 7606 section 5.1).
/// </summary>
/// <remarks>Immutable: sessions with equal options may share one.</remarks>
public sealed class UpdateTemplate
{
    private const int LengthOctets = 2;

    private readonly IpFamily family;
    /// <summary>The octets before and after the prefixes.</summary>
    private readonly byte[] head, tail;
    /// <summary>Where the lengths stand that grow with the prefixes: of their field, and of the attributes around it; 0 where there is none.</summary>
    private readonly int prefixesLength, attributesLength;

    private UpdateTemplate(IpFamily family, byte[] head, byte[] tail, int prefixesLength, int attributesLength)
    {
        (this.family, this.head, this.tail, this.prefixesLength, this.attributesLength) = (family, head, tail, prefixesLength, attributesLength);
        int longest = 1 + (IpAddress.Bits(family) / 8);
        if (head.Length + longest + tail.Length > BgpMessage.MaxLength)
            throw new ArgumentException($"{head.Length + tail.Length} octets of attributes leave no room for a prefix in a message of {BgpMessage.MaxLength}");
    }

    /// <summary>UPDATEs that announce routes with these attributes.</summary>
    /// <param name="family">That of the prefixes.</param>
    /// <param name="nextHop">In the plain field an IPv4 address; IPv4 over IPv6 needs the extended next hop of both sides.</param>
    /// <param name="attributes">
    /// ORIGIN, AS_PATH, LOCAL_PREF exactly where the peer is internal, and what else there is, in any order. Not the ones that follow from the other arguments:
    /// NEXT_HOP, MP_REACH_NLRI, MP_UNREACH_NLRI, and the AS4 ones, which are added where the session needs them.
    /// </param>
    /// <exception cref="ArgumentException">The RFCs forbid such an UPDATE, or no prefix fits beside the attributes.</exception>
    public static UpdateTemplate Announce(IpFamily family, RouteField field, NextHop nextHop, ValueArray<PathAttribute> attributes, CodecOptions options)
    {
        CheckAttributes(attributes, options);
        CheckNextHop(family, field, nextHop, options);
        List<PathAttribute> all = [.. attributes, .. As4Attributes(attributes, options)];
        if (field == RouteField.Plain) all.Add(new NextHopAttribute(nextHop.Address));

        // RFC 4271 section 5: in ascending order of type.
        all.Sort(static (a, b) => a.Type.CompareTo(b.Type));
        WireWriter common = new(new byte[BgpMessage.MaxLength]);
        foreach (PathAttribute attribute in all) attribute.Write(ref common, options);

        WireWriter writer = new(new byte[BgpMessage.MaxLength]);
        BgpMessage.WriteHeader(ref writer, MessageType.Update);
        writer.WriteUInt16(0);
        int start = writer.OpenLength(2);
        if (field == RouteField.Plain)
        {
            writer.WriteBytes(common.Written);
            writer.CloseLength(start, 2);
            return new(family, writer.Written.ToArray(), [], 0, 0);
        }
        // RFC 7606 section 5.1: the routes first, so that they are found whatever becomes of the other attributes.
        int prefixes = OpenAttribute(ref writer, AttributeType.MpReachNlri);
        MpReachAttribute.WriteHead(ref writer, AddressFamily.UnicastOf(family), nextHop);
        return new(family, writer.Written.ToArray(), common.Written.ToArray(), prefixes, start);
    }

    /// <summary>UPDATEs that withdraw routes.</summary>
    public static UpdateTemplate Withdraw(IpFamily family, RouteField field)
    {
        CheckField(family, field);
        WireWriter writer = new(new byte[BgpMessage.MaxLength]);
        BgpMessage.WriteHeader(ref writer, MessageType.Update);
        int start = writer.OpenLength(2);
        if (field == RouteField.Plain) return new(family, writer.Written.ToArray(), new byte[LengthOctets], start, 0);
        start = writer.OpenLength(2);
        int prefixes = OpenAttribute(ref writer, AttributeType.MpUnreachNlri);
        AddressFamily.UnicastOf(family).Write(ref writer);
        return new(family, writer.Written.ToArray(), [], prefixes, start);
    }

    /// <summary>Writes one message with as many of the prefixes, from the first on, as fit.</summary>
    /// <param name="prefixes">At least one.</param>
    /// <param name="destination">At least <see cref="BgpMessage.MaxLength"/> octets.</param>
    /// <param name="taken">How many prefixes are in the message; at least one.</param>
    /// <returns>The message's length in octets.</returns>
    public int Write(ReadOnlySpan<IpPrefix> prefixes, Span<byte> destination, out int taken)
    {
        if (prefixes.IsEmpty) throw new ArgumentException("an UPDATE without prefixes says something else", nameof(prefixes));
        if (destination.Length < BgpMessage.MaxLength) throw new ArgumentException($"a message may need {BgpMessage.MaxLength} octets, not {destination.Length}", nameof(destination));

        WireWriter writer = new(destination[..BgpMessage.MaxLength]);
        writer.WriteBytes(head);
        int limit = BgpMessage.MaxLength - tail.Length;
        for (taken = 0; taken < prefixes.Length; taken++)
        {
            if (prefixes[taken].Family != family) throw new ArgumentException($"{prefixes[taken]} is not {family}", nameof(prefixes));
            if (!writer.TryWritePrefix(prefixes[taken], limit)) break;
        }
        if (prefixesLength > 0) writer.CloseLength(prefixesLength, 2);
        writer.WriteBytes(tail);
        if (attributesLength > 0) writer.CloseLength(attributesLength, 2);
        BgpMessage.PatchLength(writer.Written);
        return writer.Position;
    }

    /// <summary>An attribute that grows with its prefixes, so with a length of two octets.</summary>
    private static int OpenAttribute(ref WireWriter writer, AttributeType type)
    {
        writer.WriteByte((byte)(AttributeFlags.Optional | AttributeFlags.ExtendedLength));
        writer.WriteByte((byte)type);
        return writer.OpenLength(2);
    }

    private static void CheckField(IpFamily family, RouteField field)
    {
        if (field == RouteField.Plain && family != IpFamily.IPv4) throw new ArgumentException("the plain fields have IPv4 only", nameof(field));
    }

    private static void CheckNextHop(IpFamily family, RouteField field, NextHop nextHop, CodecOptions options)
    {
        CheckField(family, field);
        bool other = nextHop.Address.Family != family;
        bool allowed = !other || (field == RouteField.Multiprotocol && family == IpFamily.IPv4 && options.ExtendedNextHop);
        if (!nextHop.CanBeSent || !allowed) throw new ArgumentException($"{nextHop} is no next hop for {family} in the {field} field of this session", nameof(nextHop));
    }

    private static void CheckAttributes(ValueArray<PathAttribute> attributes, CodecOptions options)
    {
        foreach (PathAttribute attribute in attributes)
        {
            if (attributes.Count(a => a.Type == attribute.Type) > 1) throw new ArgumentException($"{attribute} stands twice", nameof(attributes));
            bool derived = attribute.Type is AttributeType.NextHop or AttributeType.MpReachNlri or AttributeType.MpUnreachNlri or AttributeType.As4Path or AttributeType.As4Aggregator;
            if (derived) throw new ArgumentException($"{attribute} follows from the other arguments", nameof(attributes));
            if (AttributeTable.Find(attribute.Type) is { } row && !row.IsFrom(options)) throw new ArgumentException($"{attribute} does not go to an external peer", nameof(attributes));
        }
        foreach (AttributeRow row in AttributeTable.Rows)
            if (row.IsMandatory(options, announces: true, plainNlri: false) && !attributes.Any(a => a.Type == row.Type))
                throw new ArgumentException($"{row.Name} is missing", nameof(attributes));
    }

    /// <summary>RFC 6793 section 4.2.2: what two octets cannot hold travels beside, and only then.</summary>
    private static IEnumerable<PathAttribute> As4Attributes(ValueArray<PathAttribute> attributes, CodecOptions options)
    {
        if (options.FourOctetAs) return [];
        IEnumerable<AsPath> paths = attributes.OfType<AsPathAttribute>().Select(a => a.Path).Where(p => p.WithoutConfederation().NeedsFourOctets);
        IEnumerable<Aggregator> aggregators = attributes.OfType<AggregatorAttribute>().Select(a => a.Aggregator).Where(a => a.AsNumber > ushort.MaxValue);
        return [.. paths.Select(p => new As4PathAttribute(p)), .. aggregators.Select(a => new As4AggregatorAttribute(a))];
    }
}
