using LbSpeaker.Bgp;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Interop.Tests.Bgp.Routers;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>The cells of the matrix: each one thing that works between us and a router, or does not.</summary>
internal sealed class Cells(Func<Lab, Router> daemon)
{
    private const string One = "203.0.113.1/32", Two = "203.0.113.2/32", Six = "2001:db8:1::1/128";

    private static readonly BgpPeerSettings Peer = new("tor") { LocalAs = 65000, PeerAs = new(PeerAsKind.Number, 65001), Address = Lab.Address(Lab.RouterIPv4) };
    private static readonly BgpPeerSettings Peer6 = Peer with { Address = Lab.Address(Lab.RouterIPv6) };
    private static readonly RouterSetup Setup = new();
    private static readonly RouterSetup Setup6 = new() { Node = Lab.NodeIPv6, Local = Lab.RouterIPv6 };

    /// <summary>By name, in the order of the matrix.</summary>
    public static IReadOnlyDictionary<string, Action<Cells>> All { get; } = new Dictionary<string, Action<Cells>>
    {
        ["session"] = c => c.Session(),
        ["IPv4, eBGP"] = c => c.ExternalIPv4(),
        ["IPv6, eBGP"] = c => c.ExternalIPv6(),
        ["iBGP"] = c => c.Internal(),
        ["both families over one session"] = c => c.BothFamilies(),
        ["IPv4 over IPv6 (RFC 8950)"] = c => c.ExtendedNextHop(),
        ["four-octet AS"] = c => c.FourOctetAs(),
        ["communities, large, MED, prepend"] = c => c.Attributes(),
        ["withdrawal"] = c => c.Withdrawal(),
        ["route refresh"] = c => c.RouteRefresh(),
        ["routes received"] = c => c.ReceivedRoutes(),
        ["MD5"] = c => c.Password(),
        ["MD5, wrong"] = c => c.WrongPassword(),
        ["multihop"] = c => c.MultiHop(),
        ["GTSM"] = c => c.TtlSecurity(),
        ["router dials (passive)"] = c => c.Passive(),
        ["unnumbered"] = c => c.Unnumbered(),
        ["hold timer, ours"] = c => c.OurHoldTimer(),
        ["hold timer, theirs"] = c => c.TheirHoldTimer(),
        ["NOTIFICATION to the router"] = c => c.OurNotification(),
        ["NOTIFICATION from the router"] = c => c.TheirNotification(),
        ["graceful restart of the speaker"] = c => c.OurRestart(),
        ["… with traffic"] = c => c.OurRestartWithTraffic(),
        ["… with traffic and BFD"] = c => c.OurRestartWithTraffic(BfdUse.Graceful),
        ["restart of the router"] = c => c.TheirRestart(),
    };

    private void Session() => With(Setup, Peer, (speaker, router) =>
    {
        speaker.WaitUp();
        router.WaitFor("the router calls it established", () => router.IsEstablished);
        Assert.Equal((65001u, 90.0), (speaker.Report.Agreement!.RemoteAs, speaker.Report.Agreement.HoldTime.TotalSeconds));
        Assert.Equal(Lab.Address(Lab.NodeIPv4), speaker.Report.Local);
    });

    private void ExternalIPv4() => With(Setup, Peer, (speaker, router) =>
    {
        speaker.Announce(One, Two);
        router.WaitRoutes(One, Two);
        Assert.Equal((Lab.NodeIPv4, "65000", ""), (router.Routes()[One].NextHop, router.Routes()[One].AsPath, router.Routes()[One].Communities));
        Assert.Equal((2, 0), (speaker.Report.OnWire.Count, speaker.Report.Pending));
    });

    private void ExternalIPv6() => With(Setup6 with { IPv4 = false, IPv6 = true }, Peer6, (speaker, router) =>
    {
        speaker.Announce(Six);
        router.WaitRoutes(Six);
        AssertNextHop(Lab.NodeIPv6, router.Routes()[Six]);
    });

    private void Internal() => With(Setup with { RouterAs = 65000 }, Peer with { PeerAs = new(PeerAsKind.Internal, 0) }, (speaker, router) =>
    {
        speaker.Announce(BgpRouteSet.Of([new(IpPrefix.Parse(One), BgpRouteAttributes.Plain), new(IpPrefix.Parse(Two), new() { LocalPref = 150 })]));
        router.WaitRoutes(One, Two);
        Assert.Equal(("", 100u), (router.Routes()[One].AsPath, router.Routes()[One].LocalPref));
        Assert.Equal(150u, router.Routes()[Two].LocalPref);
    });

    private void BothFamilies() => With(Setup with { IPv6 = true }, Peer with { BothFamilies = true }, (speaker, router) =>
    {
        speaker.Announce(One, Six);
        router.WaitRoutes(One, Six);
        Assert.Equal(Lab.NodeIPv4, router.Routes()[One].NextHop);
        AssertNextHop(Lab.NodeIPv6, router.Routes()[Six]);
    });

    private void ExtendedNextHop() => With(Setup6 with { IPv6 = true, ExtendedNextHop = true }, Peer6 with { BothFamilies = true }, (speaker, router) =>
    {
        speaker.Announce(One, Six);
        router.WaitRoutes(One, Six);
        AssertNextHop(Lab.NodeIPv6, router.Routes()[One]);
        AssertNextHop(Lab.NodeIPv6, router.Routes()[Six]);
        speaker.Announce(Six);
        router.WaitRoutes(Six);
    });

    private void FourOctetAs() => With(Setup with { RouterAs = 4200000001, NodeAs = 4200000000 }, Peer with { LocalAs = 4200000000, PeerAs = new(PeerAsKind.Number, 4200000001) }, (speaker, router) =>
    {
        speaker.Announce(One);
        router.WaitRoutes(One);
        Assert.Equal("4200000000", router.Routes()[One].AsPath);
        Assert.Equal(4200000001, speaker.Report.Agreement!.RemoteAs);
    });

    private void Attributes() => With(Setup, Peer, (speaker, router) =>
    {
        speaker.Announce(Speaker.RoutesOf(new() { Med = 50, Prepend = 2, Communities = [Community.Standard(65000, 100), Community.Standard(65000, 200), Community.Large(65000, 1, 2)] }, One));
        router.WaitRoutes(One);
        SeenRoute route = router.Routes()[One];
        Assert.Equal(("65000 65000 65000", 50u, "65000:100 65000:200 65000:1:2"), (route.AsPath, route.Med, route.Communities));
    });

    private void Withdrawal() => With(Setup with { IPv6 = true }, Peer with { BothFamilies = true }, (speaker, router) =>
    {
        speaker.Announce(One, Two, Six);
        router.WaitRoutes(One, Two, Six);
        speaker.Announce(Two);
        router.WaitRoutes(Two);
        speaker.Announce();
        router.WaitRoutes();
        speaker.AssertNoReset();
    });

    private void RouteRefresh() => With(Setup, Peer, (speaker, router) =>
    {
        speaker.Announce(One, Two);
        router.WaitRoutes(One, Two);
        long before = speaker.Report.Counters.UpdatesSent;
        router.Refresh();
        speaker.Wait("the router asks for the routes again", r => r.Counters.RefreshesReceived > 0 && r.Counters.UpdatesSent > before);
        router.WaitRoutes(One, Two);
        speaker.AssertNoReset();
    });

    private void ReceivedRoutes() => With(Setup with { Originates = "198.51.100.0/24" }, Peer, (speaker, router) =>
    {
        speaker.Announce(One);
        speaker.Wait("a route of the router is counted", r => r.Counters.ReceivedPrefixes > 0);
        router.WaitFor("the router has ours", () => router.Routes().ContainsKey(One));
        Assert.Equal(0, speaker.Report.Counters.UpdateFaults);
    });

    private void Password() => With(Setup with { Password = "open-sesame" }, Peer with { Password = new(new SecretText("open-sesame"), null) }, (speaker, router) =>
    {
        speaker.Announce(One);
        router.WaitRoutes(One);
        // The Secret is taken away: the session goes on.
        speaker.Change(Peer with { Password = new(null, "ns/secret") });
        speaker.Announce(One, Two);
        router.WaitRoutes(One, Two);
        speaker.Wait("it is not to be begun again", r => r is { IsUp: true, Waiting: StartDenial.PasswordMissing, Counters.Established: 1 });
        // Another password: the session is replaced, and this router does not answer to it.
        speaker.Change(Peer with { Password = new(new SecretText("hocus-pocus"), null) });
        speaker.Wait("the session is replaced", r => r.Counters.Established == 0 && r.State == BgpState.Connect);
    });

    private void WrongPassword() => With(Setup with { Password = "open-sesame" }, Peer with { Password = new(new SecretText("hocus-pocus"), null), ConnectTime = TimeSpan.FromSeconds(2) }, (speaker, router) =>
    {
        speaker.WaitEnd(SessionEndReason.ConnectTimedOut);
        Assert.Contains("password", speaker.Report.LastEnd!.Text, StringComparison.Ordinal);
        Assert.Equal(0, speaker.Report.Counters.Established);
        Assert.DoesNotContain("hocus", speaker.Report.ToString(), StringComparison.Ordinal);
    });

    private void MultiHop() => With(
        Setup with { Local = Lab.FarIPv4, MultiHop = true },
        Peer with { Address = Lab.Address(Lab.FarIPv4), MultiHop = true },
        (speaker, router) =>
        {
            speaker.Announce(One);
            router.WaitRoutes(One);
            Assert.Equal(Lab.NodeIPv4, router.Routes()[One].NextHop);
        },
        hasHop: true);

    private void TtlSecurity() => With(Setup with { TtlSecurity = true }, Peer with { TtlSecurity = 1 }, (speaker, router) =>
    {
        speaker.Announce(One);
        router.WaitRoutes(One);
    });

    private void Passive() => With(Setup with { Dials = true, Password = "open-sesame" }, Peer with { Passive = true, Password = new(new SecretText("open-sesame"), null) }, (speaker, router) =>
    {
        speaker.Announce(One);
        router.WaitRoutes(One);
        Assert.Empty(speaker.All.Faults);
    });

    private void Unnumbered() => With(
        Setup with { Unnumbered = "eth0", IPv6 = true, ExtendedNextHop = true },
        Peer with { Address = null, Interface = "eth0", PeerAs = new(PeerAsKind.External, 0) },
        (speaker, router) =>
        {
            speaker.Announce(One, Six);
            router.WaitRoutes(One, Six);
            AssertNextHop("fe80:", router.Routes()[One]);
            AssertNextHop("fe80:", router.Routes()[Six]);
        });

    private void OurHoldTimer() => With(Setup with { Hold = 3 }, Peer with { HoldTime = TimeSpan.FromSeconds(3), KeepaliveTime = TimeSpan.FromSeconds(1) }, (speaker, router) =>
    {
        speaker.WaitUp();
        router.Freeze();
        speaker.WaitEnd(SessionEndReason.HoldTimerExpired);
        router.Thaw();
        speaker.Announce(One);
        router.WaitRoutes(One);
    });

    private void TheirHoldTimer() => With(Setup with { Hold = 3 }, Peer with { HoldTime = TimeSpan.FromSeconds(3), KeepaliveTime = TimeSpan.FromSeconds(1) }, (speaker, router) =>
    {
        Lab lab = router.Place;
        // What we say is dropped, what we acknowledge is not: by PSH, for an acknowledgement of what came twice (D-SACK) is as long as a KEEPALIVE, and without it
        // the router would wait with its next words until it is us who give up.
        // On a busy machine it still may be us, and then it is tried again.
        for (int attempt = 1; ; attempt++)
        {
            speaker.WaitUp();
            SessionEnd? before = speaker.Report.LastEnd, end = null;
            lab.Node.Try("nft", "add table inet silence; add chain inet silence out { type filter hook output priority 0; }; add rule inet silence out tcp dport 179 tcp flags & psh == psh drop");
            speaker.Wait("the session to end", r => !ReferenceEquals(end = r.LastEnd, before));
            lab.Node.Try("nft", "delete table inet silence");
            if (end is { Reason: SessionEndReason.NotificationReceived, Text: { } text } && text.Contains("4/0 HoldTimerExpired", StringComparison.Ordinal)) break;
            if (attempt == 3) throw new TimeoutException($"the router does not say that its hold timer has expired; the session ended thus: {end}");
        }
        speaker.Announce(One);
        router.WaitRoutes(One);
    });

    private void OurNotification() => With(Setup, Peer, (speaker, router) =>
    {
        speaker.WaitUp();
        router.WaitFor("the router calls it established", () => router.IsEstablished);
        speaker.Remove();
        router.WaitFor($"the router says \"{router.WordsForShutdown}\"", () => router.Describe().Contains(router.WordsForShutdown, StringComparison.OrdinalIgnoreCase));
    });

    private void TheirNotification() => With(Setup, Peer, (speaker, router) =>
    {
        speaker.WaitUp();
        router.Shutdown();
        speaker.WaitEnd(SessionEndReason.NotificationReceived);
        Assert.Contains("6/2 AdministrativeShutdown", speaker.Report.LastEnd!.Text, StringComparison.Ordinal);
        if (router.GivesReasons) Assert.Contains("maintenance", speaker.Report.LastEnd.Text, StringComparison.Ordinal);
    });

    private void OurRestart()
    {
        BgpPeerSettings peer = Peer with { GracefulRestart = true };
        With(Setup with { GracefulRestart = true }, peer, (speaker, router) =>
        {
            speaker.Announce(One, Two);
            router.WaitRoutes(One, Two);
            speaker.Stop();
            router.WaitFor("the session is gone", () => !router.IsEstablished);
            Assert.Equal([One, Two], router.Routes().Keys.Order(StringComparer.Ordinal));
            // What the new one does not announce goes with its End-of-RIB.
            using Speaker next = new(router.Place.Node, peer, Speaker.RoutesOf(BgpRouteAttributes.Plain, Two));
            next.WaitUp();
            router.WaitRoutes(Two);
        });
    }

    /// <summary>The process itself, killed and stopped, while a client behind the router reaches an address by the route that is kept.</summary>
    public void OurRestartWithTraffic(BfdUse bfd = BfdUse.None)
    {
        const string one = "203.0.113.1", two = "203.0.113.2", three = "203.0.113.3";
        using Lab lab = new();
        TestNamespace client = lab.AddClient(one);
        using Router router = daemon(lab);
        router.Start(Setup with { GracefulRestart = true, Bfd = bfd });
        using SpeakerProcess speaker = new(lab, $"enableGracefulRestart: true{(bfd == BfdUse.None ? "" : ", bfdProfile: calm")}", one, two, three);
        string[] routes = [$"{one}/32", $"{two}/32", $"{three}/32"];
        foreach (string signal in (string[])["-KILL", "-TERM"])
        {
            router.WaitRoutes(routes);
            if (bfd != BfdUse.None) router.WaitFor("BFD is up", () => router.IsBfdUp);
            // It flows once the route is in the router's kernel.
            Eventually.True("the route is in the kernel", Speaker.Patience, () => IsRouted(lab, one));
            using Traffic traffic = new(client, lab.Node, one);
            speaker.End(signal);
            router.WaitFor("the session is gone", () => !router.IsEstablished);
            if (bfd != BfdUse.None) router.WaitFor("BFD is down", () => !router.IsBfdUp);
            Assert.Equal(routes, router.Routes().Keys.Order(StringComparer.Ordinal));
            // What the new one does not announce goes with its End-of-RIB.
            speaker.Delete(routes[^1].Split('/')[0]);
            speaker.Start();
            routes = routes[..^1];
            router.WaitRoutes(routes);
            router.WaitFor("the session is back", () => router.IsEstablished);
            (int sent, int lost) = traffic.End();
            Assert.True(sent > 50 && lost == 0, $"{signal}: of {sent} datagrams {lost} were lost, {traffic.Losses}; {router.Describe()}");
        }
        // It was this route that they took: without it nothing arrives.
        speaker.Delete(one);
        Eventually.True("the route is gone", Speaker.Patience, () => !IsRouted(lab, one));
        using Traffic astray = new(client, lab.Node, one);
        Eventually.True("something is sent", Speaker.Patience, () => astray.Sent > 10);
        (int wasSent, int wasLost) = astray.End();
        Assert.Equal(wasSent, wasLost);
    }

    private static bool IsRouted(Lab lab, string address) => lab.Router.Ip($"route show {address}").Contains(Lab.NodeIPv4, StringComparison.Ordinal);

    private void TheirRestart() => With(Setup with { GracefulRestart = true }, Peer with { GracefulRestart = true }, (speaker, router) =>
    {
        speaker.Announce(One);
        router.WaitRoutes(One);
        router.Kill();
        speaker.Wait("the session is gone", r => !r.IsUp);
        router.Start(Setup with { GracefulRestart = true });
        speaker.WaitUp();
        router.WaitRoutes(One);
    });

    /// <summary>Routers show a link-local address beside it, or prefer it.</summary>
    private static void AssertNextHop(string expected, SeenRoute route) => Assert.Contains(expected, route.NextHop, StringComparison.Ordinal);

    private void With(RouterSetup setup, BgpPeerSettings peer, Action<Speaker, Router> test, bool hasHop = false)
    {
        using Lab lab = new(hasHop);
        using Router router = daemon(lab);
        router.Start(setup);
        using Speaker speaker = new(lab.Node, peer);
        test(speaker, router);
    }
}
