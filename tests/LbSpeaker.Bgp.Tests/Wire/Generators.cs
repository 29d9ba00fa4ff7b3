using CsCheck;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using Community = LbSpeaker.Bgp.Wire.Attributes.Community;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>Any value that the codec can carry.</summary>
internal static class Generators
{
    public static Gen<IpAddress> IPv4 { get; } = Gen.UInt.Select(IpAddress.FromIPv4);

    public static Gen<IpAddress> IPv6 { get; } = Gen.Select(Gen.ULong, Gen.ULong).Select((high, low) => new IpAddress(IpFamily.IPv6, new UInt128(high, low)));

    public static Gen<IpPrefix> Prefix4 { get; } = Gen.Select(IPv4, Gen.Int[0, 32]).Select((address, length) => new IpPrefix(address, length));

    public static Gen<IpPrefix> Prefix6 { get; } = Gen.Select(IPv6, Gen.Int[0, 128]).Select((address, length) => new IpPrefix(address, length));

    public static Gen<IpPrefix> PrefixOf(IpFamily family) => family == IpFamily.IPv4 ? Prefix4 : Prefix6;

    private static Gen<ValueArray<T>> Many<T>(Gen<T> gen, int least, int most) => gen.Array[least, most].Select(items => items.ToValueArray());

    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<IpAddress> Host4 { get; } = Gen.UInt[0x0100_0000, 0x7EFF_FFFF].Select(IpAddress.FromIPv4);

    private static Gen<IpAddress> Host6 { get; } = IPv6.Select(a => a with { Value = (a.Value >> 3) | (UInt128.One << 125) });

    public static Gen<CodecOptions> Options { get; } = Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool).Select((external, four, extended) => new CodecOptions
    {
        External = external,
        FourOctetAs = four,
        ExtendedNextHop = extended,
        AcceptsRouteRefresh = true,
        EnhancedRouteRefresh = true,
        Families = [AddressFamily.IPv4Unicast, AddressFamily.IPv6Unicast],
    });

    /// <summary>A path whose numbers fit the session, or need an AS4_PATH.</summary>
    public static Gen<AsPath> Path(uint largest) => Gen.OneOf(
        Gen.Const(AsPath.Empty),
        Many(Gen.Select(OneOf(AsPathSegmentType.Set, AsPathSegmentType.Sequence), Many(Gen.UInt[1, largest], 1, 6)).Select((type, numbers) => new AsPathSegment(type, numbers)), 1, 3)
            .Select(s => new AsPath(s)),
        Many(Gen.UInt[1, largest], 255, 255).Select(numbers => new AsPath([new AsPathSegment(AsPathSegmentType.Sequence, numbers)])));

    private static Gen<NextHop> NextHopOf(IpFamily family, CodecOptions options)
    {
        Gen<NextHop> six = Gen.Select(Host6, Gen.ULong, Gen.Bool)
            .Select((address, low, both) => new NextHop(address, both ? new IpAddress(IpFamily.IPv6, new UInt128(0xFE80UL << 48, low)) : null));
        if (family == IpFamily.IPv6) return six;
        Gen<NextHop> four = Host4.Select(address => new NextHop(address));
        return options.ExtendedNextHop ? Gen.OneOf(four, six) : four;
    }

    /// <summary>What a route to announce has besides its next hop.</summary>
    public static Gen<ValueArray<PathAttribute>> RouteAttributes(CodecOptions options, uint largestAs)
    {
        Gen<PathAttribute>[] required =
        [
            Gen.Byte[0, 2].Select(o => (PathAttribute)new OriginAttribute((Origin)o)),
            Path(largestAs).Select(p => (PathAttribute)new AsPathAttribute(p)),
            .. options.External ? Array.Empty<Gen<PathAttribute>>() : [Gen.UInt.Select(p => (PathAttribute)new LocalPrefAttribute(p))],
        ];
        Gen<PathAttribute>[] optional =
        [
            Gen.UInt.Select(m => (PathAttribute)new MultiExitDiscAttribute(m)),
            Gen.Const((PathAttribute)new AtomicAggregateAttribute()),
            Gen.Select(Gen.UInt[1, largestAs], IPv4).Select((n, id) => (PathAttribute)new AggregatorAttribute(new Aggregator(n, id))),
            Many(Gen.UInt.Select(c => new Community(c)), 1, 100).Select(c => (PathAttribute)new CommunitiesAttribute(c)),
            Many(Gen.ULong.Select(c => new ExtendedCommunity(c)), 1, 10).Select(c => (PathAttribute)new ExtendedCommunitiesAttribute(c)),
            Many(Gen.Select(Gen.UInt, Gen.UInt, Gen.UInt).Select((a, b, c) => new LargeCommunity(a, b, c)), 1, 30).Select(c => (PathAttribute)new LargeCommunitiesAttribute(c)),
        ];
        Gen<PathAttribute?>[] all =
        [
            .. required.Select(g => g.Select(a => (PathAttribute?)a)),
            .. optional.Select(g => Gen.OneOf(Gen.Const((PathAttribute?)null), g.Select(a => (PathAttribute?)a))),
        ];
        return Sequence(all).Select(attributes => attributes.OfType<PathAttribute>().ToValueArray());
    }

    private static Gen<T[]> Sequence<T>(Gen<T>[] gens) =>
        gens.Aggregate(Gen.Const(Array.Empty<T>()), (sofar, gen) => Gen.Select(sofar, gen).Select((items, item) => items.Append(item).ToArray()));

    public static Gen<(IpFamily Family, RouteField Field, NextHop NextHop, ValueArray<PathAttribute> Attributes, IpPrefix[] Prefixes)> Announcement(CodecOptions options, uint largestAs) =>
        from form in OneOf((IpFamily.IPv4, RouteField.Plain), (IpFamily.IPv4, RouteField.Multiprotocol), (IpFamily.IPv6, RouteField.Multiprotocol))
        from nextHop in form.Item2 == RouteField.Plain ? Host4.Select(a => new NextHop(a)) : NextHopOf(form.Item1, options)
        from attributes in RouteAttributes(options, largestAs)
        from prefixes in PrefixOf(form.Item1).Array[1, 2000]
        select (form.Item1, form.Item2, nextHop, attributes, prefixes);

    private static Gen<AddressFamily> Family { get; } = Gen.Select(Gen.UShort, Gen.Byte).Select((afi, safi) => new AddressFamily(afi, safi));

    private static Gen<Capability> AnyCapability { get; } = Gen.OneOf(
        Family.Select(family => (Capability)new MultiprotocolCapability(family)),
        OneOf<Capability>(FlagCapability.RouteRefresh, FlagCapability.EnhancedRouteRefresh),
        Many(Gen.Select(Family, Gen.UShort).Select((family, hop) => new ExtendedNextHop(family, hop)), 0, 4).Select(e => (Capability)new ExtendedNextHopCapability(e)),
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Int[0, 4095], Many(Gen.Select(Family, Gen.Bool).Select((family, forwarding) => new GracefulRestartFamily(family, forwarding)), 0, 4))
            .Select((r, n, time, families) => (Capability)new GracefulRestartCapability(r, n, time, families)),
        Gen.Select(Gen.String[0, 16], Gen.String[0, 16]).Select((host, domain) => (Capability)new FqdnCapability(host, domain)));

    public static Gen<OpenMessage> Open { get; } =
        from asNumber in Gen.UInt[1, uint.MaxValue]
        from holdTime in Gen.OneOf(Gen.Const((ushort)0), Gen.UShort[3, ushort.MaxValue])
        from identifier in Gen.UInt[1, uint.MaxValue]
        from capabilities in AnyCapability.Array[0, 30]
        select new OpenMessage(asNumber, holdTime, IpAddress.FromIPv4(identifier), capabilities);

    public static Gen<BgpMessage> Other { get; } = Gen.OneOf(
        Gen.Select(Gen.UShort, Many(Gen.Byte, 0, 300)).Select((error, data) => (BgpMessage)new NotificationMessage((NotificationError)error, data)),
        Gen.Select(Family, Gen.Byte).Select((family, subtype) => (BgpMessage)new RouteRefreshMessage(family, (RouteRefreshSubtype)subtype)),
        OneOf<BgpMessage>(new EndOfRibMessage(AddressFamily.IPv4Unicast), new EndOfRibMessage(AddressFamily.IPv6Unicast), KeepaliveMessage.Instance));

    /// <summary>An UPDATE with every field in it, as peers may send it.</summary>
    public static Gen<UpdateMessage> Update(CodecOptions options) =>
        from announcement in Announcement(options, options.FourOctetAs ? uint.MaxValue : ushort.MaxValue)
        from withdrawn in Many(Prefix4, 0, 50)
        from unreach in Many(Prefix6, 0, 20)
        let prefixes = announcement.Prefixes.Take(100).ToValueArray()
        let plain = announcement.Field == RouteField.Plain
        select new UpdateMessage(
            withdrawn,
            [
                .. announcement.Attributes,
                plain ? new NextHopAttribute(announcement.NextHop.Address) : MpReachAttribute.Create(announcement.Family, announcement.NextHop, prefixes),
                MpUnreachAttribute.Create(IpFamily.IPv6, unreach),
            ],
            plain ? prefixes : []);
}
