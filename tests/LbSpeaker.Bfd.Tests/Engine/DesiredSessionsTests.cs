using LbSpeaker.Bfd.Engine;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd.Tests.Engine;

public sealed class DesiredSessionsTests
{
    private static readonly BfdSessionKey A = TableRig.Key("192.0.2.2"), B = TableRig.Key("192.0.2.3");
    private static readonly BfdSettings Slow = new(), Fast = new() { TransmitInterval = BfdInterval.FromMilliseconds(50) };

    [Fact]
    public void Two_owners_share_a_session_and_the_first_by_name_sets_it()
    {
        DesiredSessions desired = new();
        Assert.True(desired.Set("speakers", Wishes(new(A, Fast), new(B, Fast))));
        Assert.True(desired.Set("bgp", Wishes(new BfdWish(A, Slow))));
        Assert.Equal(2, desired.Merged.Count);
        Assert.Equal((Slow, Fast), (desired.Merged[A], desired.Merged[B]));
        Assert.True(desired.Set("bgp", []));
        Assert.Equal(Fast, desired.Merged[A]);
    }

    [Fact]
    public void An_equal_set_is_nothing_new()
    {
        DesiredSessions desired = new();
        Assert.True(desired.Set("bgp", Wishes(new BfdWish(A, Slow))));
        object before = desired.Merged;
        Assert.False(desired.Set("bgp", Wishes(new BfdWish(TableRig.Key("192.0.2.2"), new BfdSettings()))));
        Assert.Same(before, desired.Merged);
    }

    public static TheoryData<string, BfdSessionKey, BfdSettings> Refused() => new()
    {
        { "two families", TableRig.Key("192.0.2.2", local: "2001:db8::1"), Slow },
        { "link-local without a link", TableRig.Key("fe80::2"), Slow },
        { "link-local over several hops", TableRig.Key("fe80::2", BfdHops.Multi, @interface: "eth0"), Slow },
        { "echo over several hops", TableRig.Key("192.0.2.2", BfdHops.Multi), new() { EchoInterval = BfdInterval.OneSecond } },
        { "echo from another family", A, new() { EchoInterval = BfdInterval.OneSecond, EchoSource = IpAddress.Parse("2001:db8::1") } },
        { "no transmit interval", A, new() { TransmitInterval = BfdInterval.Zero } },
        { "no receive interval", A, new() { ReceiveInterval = BfdInterval.Zero } },
        { "no echo interval", A, new() { EchoInterval = BfdInterval.Zero } },
        { "no multiplier", A, new() { DetectMultiplier = 0 } },
        { "minimum TTL 0", A, new() { MinimumTtl = 0 } },
        { "minimum TTL 255", A, new() { MinimumTtl = 255 } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_wish_that_could_never_be_fulfilled_is_refused(string why, BfdSessionKey key, BfdSettings settings)
    {
        DesiredSessions desired = new();
        Assert.True(Assert.Throws<ArgumentException>(() => desired.Set("bgp", Wishes(new BfdWish(key, settings)))).Message.Length > 10, why);
        Assert.Empty(desired.Merged);
    }

    [Fact]
    public void One_session_is_wanted_once() => Assert.Throws<ArgumentException>(() => new DesiredSessions().Set("bgp", Wishes(new(A, Slow), new(A, Fast))));

    [Theory]
    [InlineData("fe80::2", null, "eth1", "fe80::2%eth1")]
    [InlineData("192.0.2.2", null, "eth1", "192.0.2.2")]
    [InlineData("2001:db8::2", null, null, "2001:db8::2")]
    public void A_peer_is_labelled_by_its_address_and_its_link_where_that_says_nothing(string peer, string? local, string? @interface, string label) =>
        Assert.Equal(label, TableRig.Key(peer, local: local, @interface: @interface).PeerLabel);

    [Fact]
    public void Milliseconds_are_microseconds_on_the_wire_and_nothing_else_fits()
    {
        Assert.Equal(50_000u, BfdInterval.FromMilliseconds(50).Microseconds);
        Assert.Equal(60_000_000u, BfdInterval.FromMilliseconds(60_000).Microseconds);
        Assert.Equal(TimeSpan.FromMilliseconds(300), BfdInterval.FromMilliseconds(300).ToTimeSpan());
        Assert.Throws<ArgumentOutOfRangeException>(() => BfdInterval.FromMilliseconds(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => BfdInterval.FromMilliseconds(4_294_968));
    }

    private static ValueArray<BfdWish> Wishes(params BfdWish[] wishes) => wishes.ToValueArray();
}
