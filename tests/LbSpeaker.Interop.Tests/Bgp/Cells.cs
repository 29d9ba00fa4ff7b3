using System.Reflection;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Interop.Tests.Bgp.Routers;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>One thing that works between us and a router, or does not.</summary>
internal sealed class Cells(Func<Lab, Router> daemon)
{
    private const string One = "203.0.113.1/32", Two = "203.0.113.2/32", Six = "2001:db8:1::1/128";

    private static readonly BgpPeerSettings Peer = new("tor") { LocalAs = 65000, PeerAs = new(PeerAsKind.Number, 65001), Address = Lab.Address(Lab.RouterIPv4) };
    private static readonly BgpPeerSettings Peer6 = Peer with { Address = Lab.Address(Lab.RouterIPv6), RouterId = Lab.Address(Lab.NodeIPv4) };
    private static readonly RouterSetup Setup = new();
    private static readonly RouterSetup Setup6 = new() { Node = Lab.NodeIPv6, Local = Lab.RouterIPv6 };

    /// <summary>In the order of the matrix.</summary>
    public static IReadOnlyDictionary<string, Action<Cells>> All { get; } = new Dictionary<string, Action<Cells>>
    {
        ["session"] = c => c.Session(),
        ["eBGP, IPv4"] = c => c.ExternalIPv4(),
        ["eBGP, IPv6"] = c => c.ExternalIPv6(),
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
        SeenRoute route = router.Routes()[One];
        Assert.Equal((Lab.NodeIPv4, "65000", ""), (route.NextHop, route.AsPath, route.Communities));
    });

    private void ExternalIPv6() => With(Setup6 with { IPv4 = false, IPv6 = true }, Peer6, (speaker, router) =>
    {
        speaker.Announce(Six);
        router.WaitRoutes(Six);
        Assert.StartsWith(Lab.NodeIPv6, router.Routes()[Six].NextHop, StringComparison.Ordinal);
    });

    private void With(RouterSetup setup, BgpPeerSettings peer, Action<Speaker, Router> test, BgpRouteSet? routes = null, bool hasHop = false)
    {
        using Lab lab = new(hasHop);
        using Router router = daemon(lab);
        router.Start(setup);
        using Speaker speaker = new(lab.Node, peer, routes);
        test(speaker, router);
    }
}
