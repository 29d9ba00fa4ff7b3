using System.Collections.Immutable;
using LbSpeaker.Bgp;
using LbSpeaker.Bgp.Peering;
using LbSpeaker.Bgp.Peering.Unnumbered;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>Our side: an announcer in a namespace, with one session.</summary>
internal sealed class Speaker : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly BgpAnnouncer announcer;
    private readonly CancellationTokenSource stop = new();
    private readonly Task work;
    private BgpPeerSettings settings;
    private BgpRouteSet routes = BgpRouteSet.Empty;

    public Speaker(TestNamespace place, BgpPeerSettings settings, BgpRouteSet? routes = null)
    {
        this.settings = settings;
        if (routes is not null) this.routes = routes;
        NamespaceHost host = new(place);
        announcer = new(new BgpOptions("node1"), TimeProvider.System, new Random(1), network: new TcpNetwork(host), neighbors: new NeighborWatch(host, TimeProvider.System));
        Tell();
        work = Task.Run(() => announcer.RunAsync(stop.Token));
    }

    public BgpPeerReport Report => announcer.Report.Peers.GetValueOrDefault(settings.Name) ?? throw new InvalidOperationException("no session");

    public BgpReport All => announcer.Report;

    public void Announce(BgpRouteSet next)
    {
        routes = next;
        Tell();
    }

    public void Announce(params ReadOnlySpan<string> prefixes) => Announce(RoutesOf(BgpRouteAttributes.Plain, prefixes));

    public static BgpRouteSet RoutesOf(BgpRouteAttributes attributes, params ReadOnlySpan<string> prefixes) => BgpRouteSet.Of(prefixes.ToArray().Select(p => new BgpRoute(IpPrefix.Parse(p), attributes)));

    public void Change(BgpPeerSettings next)
    {
        settings = next;
        Tell();
    }

    /// <summary>The BGPPeer is gone.</summary>
    public void Remove() => announcer.SetDesired(BgpPlan.Empty);

    public void WaitUp() => Wait("the session is established", r => r.IsUp);

    public void Wait(string what, Func<BgpPeerReport, bool> condition)
    {
        try
        {
            Eventually.True(what, Patience, () => Alive() && announcer.Report.Peers.TryGetValue(settings.Name, out BgpPeerReport? report) && condition(report));
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException($"{failure.Message}; {announcer.Report.Peers.GetValueOrDefault(settings.Name)}", failure);
        }
    }

    public void WaitEnd(SessionEndReason reason) => Wait($"the session ends with {reason}", r => r.LastEnd?.Reason == reason);

    public void AssertNoReset() => Assert.True(Report is { Counters.Established: 1, LastEnd: null }, Report.ToString());

    /// <summary>As SIGTERM does.</summary>
    public void Stop()
    {
        stop.Cancel();
        work.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        Stop();
        announcer.Dispose();
        stop.Dispose();
    }

    private bool Alive()
    {
        if (work.IsCompleted) work.GetAwaiter().GetResult();
        return true;
    }

    private void Tell() => announcer.SetDesired(new(ImmutableSortedDictionary.Create<string, BgpPeerPlan>(StringComparer.Ordinal).Add(settings.Name, new(settings, routes))));
}
