using System.Collections.Immutable;
using LbSpeaker.Bfd;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Bgp;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Speaker;
using LbSpeaker.Tests.Lab;
using BfdSettings = LbSpeaker.Core.Announcement.Bgp.BfdSettings;

namespace LbSpeaker.Tests.Speaker;

public sealed class RouterWatchTests
{
    private static readonly BfdSettings Profile = new("fast", TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(60), 4, TimeSpan.FromMilliseconds(70), UsesEcho: true, IsPassive: false, 250, IsStrict: false);

    private static readonly BgpPeerSettings External = new("router")
    {
        LocalAs = 64500, PeerAs = new(PeerAsKind.Number, 64501), Address = IpAddress.Parse("192.0.2.1"), Bfd = Profile,
    };

    private readonly FakeBfd bfd = new();
    private readonly FakeBgp bgp = new();

    [Theory]
    [InlineData("external", BfdHops.Single)]
    [InlineData("external multihop", BfdHops.Multi)]
    [InlineData("internal on the link", BfdHops.Single)]
    [InlineData("internal beyond it", BfdHops.Multi)]
    [InlineData("whatever is internal, beyond it", BfdHops.Multi)]
    [InlineData("whatever is external", BfdHops.Single)]
    public void A_router_is_as_far_away_as_its_session_says(string kind, BfdHops hops)
    {
        BgpPeerSettings settings = kind switch
        {
            "external multihop" => External with { MultiHop = true },
            "internal on the link" => External with { PeerAs = new(PeerAsKind.Number, 64500) },
            "internal beyond it" => External with { PeerAs = new(PeerAsKind.Number, 64500), Address = IpAddress.Parse("198.51.100.1") },
            "whatever is internal, beyond it" => External with { PeerAs = new(PeerAsKind.Internal, 0), Address = IpAddress.Parse("198.51.100.1") },
            "whatever is external" => External with { PeerAs = new(PeerAsKind.External, 0) },
            _ => External,
        };
        using RouterWatch watch = Watch(settings);
        BfdWish wish = Assert.Single(bfd.Wishes);
        Assert.Equal((hops, settings.Address!.Value), (wish.Key.Hops, wish.Key.Peer));
        Assert.Equal((50_000u, 60_000u, 4, 250), (wish.Settings.ReceiveInterval.Microseconds, wish.Settings.TransmitInterval.Microseconds, wish.Settings.DetectMultiplier, wish.Settings.MinimumTtl));
        Assert.Equal(hops == BfdHops.Single ? 70_000u : null, wish.Settings.EchoInterval?.Microseconds);
    }

    [Fact]
    public void Nobody_is_watched_unless_it_is_wanted()
    {
        using RouterWatch watch = Watch(External with { Bfd = null });
        Assert.True(bfd.Wishes.IsEmpty);
    }

    [Fact]
    public void A_session_hears_what_becomes_of_its_path_and_nothing_of_what_people_do_to_BFD()
    {
        using RouterWatch watch = Watch(External);
        BfdSessionKey key = Assert.Single(bfd.Wishes).Key;
        Assert.Equal("Down", watch.States["router"]);
        bfd.Say(key, BfdState.Init, DownReason.NotYetUp);
        bfd.Say(key, BfdState.Up);
        Assert.Equal("Up", watch.States["router"]);
        bfd.Say(key, BfdState.Down, DownReason.NeighborAdminDown);
        bfd.Say(key, BfdState.Up);
        bfd.Say(key, BfdState.Down, DownReason.DetectionTimeExpired);
        bfd.Say(key with { Peer = IpAddress.Parse("192.0.2.9") }, BfdState.Up);
        Assert.Equal(["+router", "+router", "-router"], bgp.Bfd);
    }

    [Fact]
    public void An_unnumbered_router_is_watched_from_when_it_shows_itself()
    {
        BgpPeerSettings unnumbered = External with { Address = null, Interface = "eth1" };
        using RouterWatch watch = Watch(unnumbered);
        Assert.True(bfd.Wishes.IsEmpty);
        BgpPeerReport session = FakeBgp.Session(new(unnumbered, BgpRouteSet.Empty), isUp: false, "") with { Router = IpAddress.Parse("fe80::1") };
        watch.SetDesired(Plan(unnumbered), new(BgpReport.Empty.Peers.Add("router", session), []));
        Assert.Equal(("fe80::1", "eth1", BfdHops.Single), (Assert.Single(bfd.Wishes).Key.Peer.ToString(), bfd.Wishes[0].Key.Interface, bfd.Wishes[0].Key.Hops));
    }

    [Fact]
    public void A_link_local_router_without_its_link_is_not_watched()
    {
        using RouterWatch watch = Watch(External with { Address = IpAddress.Parse("fe80::1") });
        Assert.True(bfd.Wishes.IsEmpty);
    }

    private RouterWatch Watch(BgpPeerSettings settings)
    {
        RouterWatch watch = new(bfd, bgp, router => router == IpAddress.Parse("192.0.2.1"));
        watch.SetDesired(Plan(settings), BgpReport.Empty);
        return watch;
    }

    private static BgpPlan Plan(BgpPeerSettings settings) => new(ImmutableSortedDictionary<string, BgpPeerPlan>.Empty.Add(settings.Name, new(settings, BgpRouteSet.Empty)));
}
