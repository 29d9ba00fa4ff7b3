using CsCheck;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Tests.Announcement.Bgp;

public sealed class BgpRouteSetTests
{
    private static readonly IpAddress FirstIPv6 = IpAddress.Parse("2001:db8::");

    private static readonly Gen<BgpRouteChange> AnyChange = Gen.Select(Gen.UInt[0, 400], Gen.Int[0, 8], Gen.Int[-1, 3], Gen.Bool).Select((address, host, attributes, isIPv6) => new BgpRouteChange(
        isIPv6 ? new IpPrefix(new(IpFamily.IPv6, FirstIPv6.Value + address), 128 - host) : new IpPrefix(IpAddress.FromIPv4(0xC0000200 + address), 32 - host),
        attributes < 0 ? null : new BgpRouteAttributes { LocalPref = (uint)attributes }));

    [Fact]
    public void It_holds_what_a_dictionary_would() => AnyChange.Array[0, 300].Sample(changes =>
    {
        Dictionary<IpPrefix, BgpRouteAttributes> expected = [];
        foreach (BgpRouteChange change in changes)
            if (change.Attributes is null) expected.Remove(change.Prefix); else expected[change.Prefix] = change.Attributes;

        BgpRouteSet set = BgpRouteSet.Empty.With(changes);

        Assert.Equal(expected.Count, set.Count);
        Assert.All([IpFamily.IPv4, IpFamily.IPv6], f => Assert.Equal(expected.Keys.Count(p => p.Family == f), set.CountOf(f)));
        Assert.Equal(expected.Select(e => new BgpRoute(e.Key, e.Value)).OrderBy(r => r.Prefix), set.OrderBy(r => r.Prefix));
        Assert.All(changes, c => Assert.Equal(expected.GetValueOrDefault(c.Prefix), set[c.Prefix]));
    }, iter: 100);

    [Fact]
    public void The_difference_leads_from_the_one_to_the_other() => Gen.Select(AnyChange.Array[0, 200], AnyChange.Array[0, 200]).Sample((first, second) =>
    {
        BgpRouteSet from = BgpRouteSet.Empty.With(first), to = from.With(second), alone = BgpRouteSet.Of(to);

        Assert.Equal(to, from.With(BgpRouteSet.Difference(from, to)));
        Assert.Equal(to, alone);
        Assert.Empty(BgpRouteSet.Difference(to, alone));
        Assert.Equal(from.Equals(to), BgpRouteSet.Difference(from, to).Count == 0);
    }, iter: 100);

    [Fact]
    public void Without_what_it_does_not_hold_it_is_equal()
    {
        BgpRouteSet before = BgpRouteSet.Of([new(IpPrefix.Parse("192.0.2.1/32"), BgpRouteAttributes.Plain)]), after = before.With([new(IpPrefix.Parse("2001:db8::188/125"), null)]);
        Assert.Equal(before, after);
        Assert.Empty(BgpRouteSet.Difference(before, after));
    }

    [Fact]
    public void A_set_that_others_were_made_from_stays_as_it_was()
    {
        IpPrefix prefix = IpPrefix.Parse("192.0.2.1/32");
        BgpRouteSet before = BgpRouteSet.Of([new(prefix, BgpRouteAttributes.Plain)]);
        BgpRouteSet after = before.With([new(prefix, null)]);
        Assert.Equal(BgpRouteAttributes.Plain, before[prefix]);
        Assert.True(after.IsEmpty);
        Assert.Same(before, before.With([]));
    }
}
