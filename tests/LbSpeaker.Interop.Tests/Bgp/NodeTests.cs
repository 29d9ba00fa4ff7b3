using System.Net;
using System.Net.Sockets;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Interop.Tests.Bgp.Routers;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>What the kernel does and refuses, and what comes of it in the report.</summary>
public sealed class NodeTests
{
    private static readonly BgpPeerSettings Peer = new("tor") { LocalAs = 65000, PeerAs = new(PeerAsKind.Number, 65001), Address = Lab.Address(Lab.RouterIPv4), ConnectTime = TimeSpan.FromSeconds(1) };
    private static readonly BgpPeerSettings FarPeer = Peer with { Address = Lab.Address(Lab.FarIPv4) };

    [NetworkFact]
    public void Nobody_listens_there() => Ends(Peer, SessionEndReason.ConnectRefused, "192.0.2.2:179 refuses the connection");

    [NetworkFact]
    public void There_is_no_route() => Ends(Peer with { Address = Lab.Address("203.0.113.9") }, SessionEndReason.Unreachable, "203.0.113.9:179 cannot be reached");

    [NetworkFact]
    public void Nobody_is_there() => Ends(Peer with { Address = Lab.Address("192.0.2.77") }, SessionEndReason.ConnectTimedOut, "ebgpMultiHop is off");

    [NetworkFact]
    public void The_source_address_is_not_on_the_node() => Ends(Peer with { SourceAddress = Lab.Address("192.0.2.9") }, SessionEndReason.SourceAddressMissing, "192.0.2.9 is not on this node");

    [NetworkFact]
    public void There_is_no_such_VRF() => Ends(Peer with { Vrf = "red" }, SessionEndReason.InterfaceMissing, "there is no interface or VRF red");

    [NetworkFact]
    public void An_unnumbered_session_waits_for_its_interface_and_says_so()
    {
        using Lab lab = new();
        using Speaker speaker = new(lab.Node, Peer with { Address = null, Interface = "eth7" });
        Eventually.True("it is said", Speaker.Patience, () => speaker.All.Faults.Contains("there is no interface eth7 on this node"));
        Assert.Equal((BgpState.Idle, StartDenial.NoNeighbor), (speaker.Report.State, speaker.Report.Waiting));
    }

    [NetworkFact]
    public void The_port_to_wait_on_is_taken()
    {
        using Lab lab = new();
        using Socket other = lab.Node.Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        other.Bind(new IPEndPoint(IPAddress.Any, 179));
        other.Listen();
        using Speaker speaker = new(lab.Node, Peer with { Passive = true });
        Eventually.True("it is said", Speaker.Patience, () => speaker.All.Faults.Any(f => f.StartsWith("cannot listen on port 179 for IPv4", StringComparison.Ordinal)));
    }

    [NetworkFact("bird", "birdc")]
    public void A_router_of_another_AS_behind_a_hop_is_not_reached_without_ebgpMultiHop() => Apart(FarPeer, new() { Local = Lab.FarIPv4, MultiHop = true }, "ebgpMultiHop is off");

    [NetworkFact("bird", "birdc")]
    public void A_router_behind_a_hop_is_too_far_for_a_ttlSecurity_of_1() => Apart(FarPeer with { TtlSecurity = 1 }, new() { Local = Lab.FarIPv4, MultiHop = true }, "no more than 1 hop away");

    [NetworkFact("bird", "birdc")]
    public void The_source_address_is_what_the_router_sees()
    {
        using Lab lab = new();
        lab.Node.Ip("address add 192.0.2.10/24 dev eth0");
        using Bird router = new(lab);
        router.Start(new() { Node = "192.0.2.10" });
        using Speaker speaker = new(lab.Node, Peer with { SourceAddress = Lab.Address("192.0.2.10") });
        speaker.Announce("203.0.113.1/32");
        router.WaitRoutes("203.0.113.1/32");
        Assert.Equal("192.0.2.10", router.Routes()["203.0.113.1/32"].NextHop);
    }

    [NetworkFact("bird", "birdc")]
    public void Ten_thousand_changes_with_ten_thousand_routes_reset_nothing()
    {
        using Lab lab = new();
        using Bird router = new(lab);
        router.Start(new());
        BgpRouteSet routes = BgpRouteSet.Of(Enumerable.Range(0, 10_000).Select(i => new BgpRoute(IpPrefix.Host(IpAddress.FromIPv4(0xC6130000 + (uint)i)), BgpRouteAttributes.Plain)));
        using Speaker speaker = new(lab.Node, Peer, routes);
        speaker.Wait("10,000 routes are sent", r => r.OnWire.Count == 10_000);
        for (uint i = 1; i <= 10_000; i++)
        {
            routes = routes.With([new(IpPrefix.Host(IpAddress.FromIPv4(0xC6130000 + i % 10_000)), i % 3 == 0 ? null : new BgpRouteAttributes { Med = i })]);
            speaker.Announce(routes);
        }
        speaker.Wait("all is sent", r => r.OnWire.Equals(routes) && r.Pending == 0);
        router.WaitFor("the router has as many", () => router.Describe().Contains($"Routes:         {routes.Count} imported", StringComparison.Ordinal));
        speaker.AssertNoReset();
    }

    [NetworkFact("bird", "birdc")]
    public void A_link_that_is_down_for_a_moment_costs_no_session_and_one_that_stays_down_costs_it_until_it_is_up()
    {
        using Lab lab = new();
        using Bird router = new(lab);
        router.Start(new() { Hold = 3 });
        using Speaker speaker = new(lab.Node, Peer with { HoldTime = TimeSpan.FromSeconds(3), KeepaliveTime = TimeSpan.FromSeconds(1) });
        speaker.Announce("203.0.113.1/32");
        router.WaitRoutes("203.0.113.1/32");
        for (int i = 0; i < 3; i++)
        {
            lab.Node.Ip("link set eth0 down");
            lab.Node.Ip("link set eth0 up");
        }
        speaker.Announce("203.0.113.1/32", "203.0.113.2/32");
        router.WaitRoutes("203.0.113.1/32", "203.0.113.2/32");
        speaker.AssertNoReset();

        lab.Node.Ip("link set eth0 down");
        speaker.WaitEnd(SessionEndReason.HoldTimerExpired);
        lab.Node.Ip("link set eth0 up");
        router.WaitRoutes("203.0.113.1/32", "203.0.113.2/32");
        Assert.Equal(2, speaker.Report.Counters.Established);
    }

    /// <summary>The router's machine has lost its power and comes back: it knows nothing of the connection that we believe in.</summary>
    [NetworkFact("bird", "birdc", "nft")]
    public void A_half_open_connection_is_found_out_at_the_next_word()
    {
        using Lab lab = new();
        using Bird router = new(lab);
        router.Start(new());
        using Speaker speaker = new(lab.Node, Peer);
        speaker.WaitUp();
        lab.Router.Try("nft", "add table inet power; add chain inet power out { type filter hook output priority 0; policy drop; }");
        router.Kill();
        // This kernel outlives its BIRD and says again and again that it has closed; one without power does not.
        lab.Router.Try("nft", "add table inet past; add chain inet past out { type filter hook output priority 1; }; add rule inet past out tcp flags & fin == fin drop; delete table inet power");
        speaker.AssertNoReset();
        speaker.Announce("203.0.113.1/32");
        speaker.WaitEnd(SessionEndReason.ConnectionLost);
        router.Start(new());
        router.WaitRoutes("203.0.113.1/32");
    }

    private static void Ends(BgpPeerSettings peer, SessionEndReason reason, string words)
    {
        using Lab lab = new();
        using Speaker speaker = new(lab.Node, peer);
        speaker.WaitEnd(reason);
        Assert.Contains(words, speaker.Report.LastEnd!.Text, StringComparison.Ordinal);
    }

    /// <summary>The same session comes up once it is allowed to be so far.</summary>
    private static void Apart(BgpPeerSettings peer, RouterSetup setup, string words)
    {
        using Lab lab = new(hasHop: true);
        using Bird router = new(lab);
        router.Start(setup);
        using Speaker speaker = new(lab.Node, peer);
        speaker.Wait("an attempt fails", r => r.LastEnd is not null);
        Assert.Contains(words, speaker.Report.LastEnd!.Text, StringComparison.Ordinal);
        Assert.Equal(0, speaker.Report.Counters.Established);
        speaker.Change(peer with { MultiHop = true, TtlSecurity = null });
        speaker.WaitUp();
    }
}
