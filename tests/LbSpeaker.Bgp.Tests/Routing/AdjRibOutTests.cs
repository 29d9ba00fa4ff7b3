using CsCheck;
using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using Community = LbSpeaker.Core.Net.Community;

namespace LbSpeaker.Bgp.Tests.Routing;

public sealed class AdjRibOutTests
{
    private static readonly SessionAddresses OnIPv4 = new(IpAddress.Parse("192.0.2.1"), IpAddress.Parse("2001:db8::1"), IpAddress.Parse("fe80::1"), IsOnLink: false);
    private static readonly BgpRouteAttributes[] Kinds =
    [
        BgpRouteAttributes.Plain, new() { LocalPref = 200 }, new() { Communities = [Community.Standard(65000, 1)] }, new() { Prepend = 2, Med = 5 },
        new() { Communities = [Community.Large(65000, 1, 2)], Weight = 3 },
    ];

    private static IpPrefix Prefix(int number) => number % 2 == 0
        ? IpPrefix.Host(IpAddress.FromIPv4(0xCB007100 + (uint)number))
        : IpPrefix.Host(new(IpFamily.IPv6, IpAddress.Parse("2001:db8:1::").Value + (uint)number));

    private static BgpRouteSet Routes(IEnumerable<IpPrefix> prefixes, BgpRouteAttributes? attributes = null) => BgpRouteSet.Of(prefixes.Select(p => new BgpRoute(p, attributes ?? BgpRouteAttributes.Plain)));

    private static BgpRouteSet Many(int count) => Routes(Enumerable.Range(0, count).Select(i => IpPrefix.Host(IpAddress.FromIPv4(0x0A000000 + (uint)i))));

    private static void IsEqual(BgpRouteSet desired, Router router, SessionTerms terms)
    {
        Assert.Equal(desired.Select(r => r.Prefix).Order(), router.Routes.Keys.Order());
        foreach (BgpRoute route in desired)
        {
            ValueArray<PathAttribute> expected = AttributeBuilder.Build(route.Attributes, terms)!.Value;
            Assert.Equal(string.Join("; ", expected.OrderBy(a => a.Type)), router.Routes[route.Prefix].Attributes);
        }
    }

    [Fact]
    public void After_any_sequence_of_wishes_the_router_has_exactly_the_last_one()
    {
        // A step: what is next worked out beforehand or not, some routes set or removed, a refresh asked for or not, then so many messages taken.
        Gen<(int Prefix, int Kind)[]> changes = Gen.Select(Gen.Int[0, 60], Gen.Int[-2, Kinds.Length - 1]).Array[0, 30];
        Gen.Select(changes, Gen.Int[0, 3], Gen.Bool, Gen.Bool).Array[1, 12].Sample(
            steps =>
            {
                SessionTerms terms = Router.Both();
                AdjRibOut rib = new(terms, OnIPv4);
                Router router = new(terms.Codec);
                BgpRouteSet desired = BgpRouteSet.Empty;
                foreach (((int Prefix, int Kind)[] set, int taken, bool refresh, bool prepare) in steps)
                {
                    if (prepare) rib.Prepare();
                    desired = desired.With(set.Select(c => new BgpRouteChange(Prefix(c.Prefix), c.Kind < 0 ? null : Kinds[c.Kind])));
                    rib.SetDesired(desired);
                    if (refresh) rib.Refresh(AddressFamily.IPv4Unicast);
                    // 4096 octets of room take one message.
                    for (int i = 0; i < taken; i++) router.TakeOnce(rib, BgpMessage.MaxLength);
                }
                router.Drain(rib);
                IsEqual(desired, router, terms);
                Assert.Equal(desired, rib.Sent);
                Assert.Equal(0, rib.Pending);
                Assert.Equal(2, router.EndOfRibs.Count);
            },
            iter: 3000);
    }

    [Fact]
    public void Messages_are_full_and_none_is_too_long_with_withdrawals_alike()
    {
        SessionTerms terms = Router.Both();
        AdjRibOut rib = new(terms, OnIPv4);
        Router router = new(terms.Codec);
        rib.SetDesired(Many(5000));
        router.Drain(rib);
        rib.SetDesired(BgpRouteSet.Empty);
        router.Drain(rib);
        Assert.All(router.Lengths, l => Assert.InRange(l, 1, BgpMessage.MaxLength));
        // 5,000 prefixes of 5 octets each way, 2 End-of-RIBs.
        Assert.InRange(router.Lengths.Count, 2 + 2 * 7, 2 + 2 * 7);
        Assert.Empty(router.Routes);
    }

    [Fact]
    public void What_goes_is_withdrawn_before_what_comes_is_announced()
    {
        SessionTerms terms = Router.Both();
        AdjRibOut rib = new(terms, OnIPv4);
        Router router = new(terms.Codec);
        rib.SetDesired(Routes(Enumerable.Range(0, 40).Select(Prefix)));
        router.Drain(rib);
        router.Updates.Clear();
        rib.SetDesired(Routes(Enumerable.Range(20, 40).Select(Prefix), Kinds[1]));
        router.Drain(rib);
        bool[] announces = [.. router.Updates.Select(u => !u.Nlri.IsEmpty || u.Find<MpReachAttribute>() is not null)];
        Assert.Equal([false, false, true, true], announces);
    }

    [Fact]
    public void End_of_RIB_follows_the_first_routes_of_each_family_and_comes_once_also_without_any_route()
    {
        SessionTerms terms = Router.Both();
        AdjRibOut rib = new(terms, OnIPv4), empty = new(terms, OnIPv4);
        Router router = new(terms.Codec), idle = new(terms.Codec);
        rib.SetDesired(Routes([Prefix(0), Prefix(1)]));
        router.Drain(rib);
        Assert.Equal(["UPDATE End-of-RIB ipv4-unicast", "UPDATE End-of-RIB ipv6-unicast"], router.Log[2..]);
        rib.SetDesired(BgpRouteSet.Empty);
        router.Drain(rib);
        Assert.Equal(2, router.EndOfRibs.Count);
        idle.Drain(empty);
        Assert.Equal(["UPDATE End-of-RIB ipv4-unicast", "UPDATE End-of-RIB ipv6-unicast"], idle.Log);
    }

    [Fact]
    public void Many_changes_that_nobody_takes_collapse_into_the_last_state()
    {
        SessionTerms terms = Router.Both();
        AdjRibOut rib = new(terms, OnIPv4);
        Router router = new(terms.Codec);
        BgpRouteSet desired = Many(3000);
        rib.SetDesired(desired);
        router.TakeOnce(rib, BgpMessage.MaxLength);
        long before = rib.Updates;
        IpPrefix flapping = IpPrefix.Parse("203.0.113.7/32");
        for (int i = 0; i < 10_000; i++) rib.SetDesired(desired.With([new(flapping, i % 2 == 0 ? Kinds[1] : null)]));
        Assert.InRange(rib.Pending, 2000, 3000);
        router.Drain(rib);
        Assert.InRange(rib.Updates - before, 1, 6);
        IsEqual(desired, router, terms);
    }

    [Fact]
    public void A_refresh_repeats_the_family_between_its_marks_and_a_change_waits_for_its_end()
    {
        SessionTerms terms = Router.Both();
        AdjRibOut rib = new(terms, OnIPv4);
        Router router = new(terms.Codec);
        BgpRouteSet desired = Many(2000);
        rib.SetDesired(desired);
        router.Drain(rib);
        router.Log.Clear();
        rib.Refresh(AddressFamily.IPv4Unicast);
        rib.Refresh(AddressFamily.IPv4Unicast);
        rib.Refresh(new AddressFamily(25, 70));
        router.TakeOnce(rib, BgpMessage.MaxLength);
        desired = Many(1999);
        rib.SetDesired(desired);
        router.Drain(rib);
        Assert.Equal("ROUTE-REFRESH ipv4-unicast begin", router.Log[0]);
        Assert.Equal("ROUTE-REFRESH ipv4-unicast end", router.Log[^2]);
        Assert.StartsWith("UPDATE withdrawn [", router.Log[^1], StringComparison.Ordinal);
        Assert.Equal(2, rib.RefreshMarkers);
        IsEqual(desired, router, terms);
    }

    [Fact]
    public void Routes_of_a_family_that_the_router_does_not_exchange_are_withheld_and_counted()
    {
        SessionTerms terms = Router.Terms(Router.Open(65000, AddressFamily.IPv4Unicast, AddressFamily.IPv6Unicast), Router.Open(65001, AddressFamily.IPv4Unicast));
        AdjRibOut rib = new(terms, OnIPv4);
        Router router = new(terms.Codec);
        rib.SetDesired(Routes(Enumerable.Range(0, 10).Select(Prefix)));
        router.Drain(rib);
        Assert.All(router.Routes.Keys, p => Assert.Equal(IpFamily.IPv4, p.Family));
        Assert.Equal([new WithheldRoutes(IpFamily.IPv6, WithheldReason.FamilyNotNegotiated, 5)], rib.Withheld);
        Assert.Equal((5, 0), (rib.Sent.Count, rib.Pending));
        rib.SetDesired(Routes([Prefix(0), Prefix(2)]));
        router.Drain(rib);
        Assert.Empty(rib.Withheld);
    }

    [Fact]
    public void A_route_with_more_communities_than_fit_is_withheld_withdrawn_where_the_router_had_it_and_harms_no_other()
    {
        SessionTerms terms = Router.Both();
        AdjRibOut rib = new(terms, OnIPv4);
        Router router = new(terms.Codec);
        BgpRouteAttributes huge = new() { Communities = [.. Enumerable.Range(0, 400).Select(i => Community.Large(65000, 0, (uint)i))] };
        rib.SetDesired(Routes([Prefix(0), Prefix(2)]));
        router.Drain(rib);
        rib.SetDesired(Routes([Prefix(2)]).With([new(Prefix(0), huge), new(Prefix(4), huge), new(Prefix(6), BgpRouteAttributes.Plain)]));
        router.Drain(rib);
        Assert.Equal([Prefix(2), Prefix(6)], router.Routes.Keys.Order());
        Assert.Equal([new WithheldRoutes(IpFamily.IPv4, WithheldReason.TooManyCommunities, 2)], rib.Withheld);
        Assert.Equal(2, rib.Sent.Count);
        BgpRouteAttributes most = new() { Communities = [.. Enumerable.Range(0, 875).Select(i => Community.Standard(1, (ushort)i))], Prepend = 16, Med = 1, Weight = 1 };
        rib.SetDesired(Routes([Prefix(1)], most));
        router.Drain(rib);
        Assert.Equal([Prefix(1)], router.Routes.Keys);
    }

    [Theory]
    [InlineData(65000u, 65001u, "ORIGIN Igp; AS_PATH 65000")]
    [InlineData(65000u, 65000u, "ORIGIN Igp; AS_PATH empty; LOCAL_PREF 100")]
    [InlineData(4200000000u, 65001u, "ORIGIN Igp; AS_PATH 4200000000")]
    public void Plain_routes_have_what_every_route_must_have(uint ours, uint theirs, string expected) =>
        Assert.Equal(expected, Built(BgpRouteAttributes.Plain, ours, theirs));

    [Fact]
    public void Attributes_follow_the_plan_and_the_kind_of_session()
    {
        BgpRouteAttributes all = new() { LocalPref = 150, Med = 7, Prepend = 2, Weight = 4, Communities = [Community.Standard(65000, 100), Community.Large(65000, 1, 2)] };
        Assert.Equal(
            "ORIGIN Igp; AS_PATH 65000 65000 65000; MULTI_EXIT_DISC 7; COMMUNITIES 65000:100; LARGE_COMMUNITIES 65000:1:2; EXTENDED_COMMUNITIES link-bandwidth:65000:500000", Built(all, 65000, 65001));
        Assert.Equal(
            "ORIGIN Igp; AS_PATH empty; LOCAL_PREF 150; MULTI_EXIT_DISC 7; COMMUNITIES 65000:100; LARGE_COMMUNITIES 65000:1:2; EXTENDED_COMMUNITIES link-bandwidth:65000:500000", Built(all, 65000, 65000));
        Assert.Contains("link-bandwidth:23456:125000", Built(new() { Weight = 1 }, 4200000000, 65001), StringComparison.Ordinal);
        Assert.Contains("LOCAL_PREF 0", Built(BgpRouteAttributes.Plain.ForShutdown(), 65000, 65000), StringComparison.Ordinal);
    }

    private static string Built(BgpRouteAttributes attributes, uint ours, uint theirs) => string.Join("; ", AttributeBuilder.Build(attributes, Router.Both(ours, theirs))!.Value);

    [Theory]
    // local, other family, link-local, on link, extended next hop: how IPv4 goes, how IPv6 goes
    [InlineData("192.0.2.1", null, "fe80::1", true, false, "Plain 192.0.2.1", "Multiprotocol fe80::1")]
    [InlineData("192.0.2.1", null, "fe80::1", false, false, "Plain 192.0.2.1", "-")]
    [InlineData("192.0.2.1", "2001:db8::1", "fe80::1", true, true, "Plain 192.0.2.1", "Multiprotocol 2001:db8::1 fe80::1")]
    [InlineData("192.0.2.1", "2001:db8::1", "fe80::1", false, false, "Plain 192.0.2.1", "Multiprotocol 2001:db8::1")]
    [InlineData("2001:db8::1", null, "fe80::1", true, false, "-", "Multiprotocol 2001:db8::1 fe80::1")]
    [InlineData("2001:db8::1", "192.0.2.1", "fe80::1", true, false, "Plain 192.0.2.1", "Multiprotocol 2001:db8::1 fe80::1")]
    [InlineData("2001:db8::1", "192.0.2.1", "fe80::1", false, true, "Multiprotocol 2001:db8::1", "Multiprotocol 2001:db8::1")]
    [InlineData("fe80::1", "192.0.2.1", "fe80::1", true, true, "Multiprotocol fe80::1", "Multiprotocol fe80::1")]
    [InlineData("fe80::1", "192.0.2.1", "fe80::1", true, false, "Plain 192.0.2.1", "Multiprotocol fe80::1")]
    public void A_next_hop_is_an_address_of_the_session(string local, string? other, string? linkLocal, bool isOnLink, bool extended, string v4, string v6)
    {
        SessionAddresses addresses = new(IpAddress.Parse(local), other is null ? null : IpAddress.Parse(other), linkLocal is null ? null : IpAddress.Parse(linkLocal), isOnLink);
        string Carried(IpFamily family) => addresses.Carry(family, extended) is { } carriage ? $"{carriage.Field} {carriage.NextHop}" : "-";
        Assert.Equal((v4, v6), (Carried(IpFamily.IPv4), Carried(IpFamily.IPv6)));
    }

    [Fact]
    public void IPv4_over_an_IPv6_session_is_announced_and_withdrawn_in_the_same_field()
    {
        SessionTerms terms = Router.Both();
        AdjRibOut rib = new(terms, new(IpAddress.Parse("2001:db8::1"), null, IpAddress.Parse("fe80::1"), true));
        Router router = new(terms.Codec);
        rib.SetDesired(Routes([Prefix(0)]));
        router.Drain(rib);
        Assert.Equal(new NextHop(IpAddress.Parse("2001:db8::1"), IpAddress.Parse("fe80::1")), router.Routes[Prefix(0)].NextHop);
        rib.SetDesired(BgpRouteSet.Empty);
        router.Drain(rib);
        Assert.Empty(router.Routes);
        Assert.NotNull(router.Updates[^1].Find<MpUnreachAttribute>());
    }
}
