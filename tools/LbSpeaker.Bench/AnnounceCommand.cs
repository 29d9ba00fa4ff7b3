using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LbSpeaker.Bgp;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bench;

/// <summary>The speaker's BGP as it is shipped, with routes made up here in place of a cluster's.</summary>
internal static class AnnounceCommand
{
    /// <summary>Above 10.0.0.0.</summary>
    private const uint First = 0x0A000000;

    private static readonly BgpRouteAttributes Attributes = new() { Communities = [Community.Standard(64512, 100)] };

    public static Command Create()
    {
        Option<string> router = new("--router") { Description = "The router's IPv4 address.", Required = true };
        Option<uint> routerAs = new("--router-as") { Description = "Its AS number; ours is 64512.", DefaultValueFactory = _ => 64513 };
        Option<int> count = new("--routes") { Description = "How many /32s.", Required = true };
        Command command = new("announce", "Announces /32s with one community to a router, until it is told to end. Each line of the standard input changes the routes, and the answer is the time when (CLOCK_MONOTONIC, ns): more, all, none.") { router, routerAs, count };
        command.SetAction((parsed, ct) => RunAsync(IpAddress.Parse(parsed.GetValue(router)!), parsed.GetValue(routerAs), parsed.GetValue(count), ct));
        return command;
    }

    private static async Task<int> RunAsync(IpAddress router, uint routerAs, int count, CancellationToken ct)
    {
        BgpPeerSettings peer = new("router") { LocalAs = 64512, PeerAs = new(PeerAsKind.Number, routerAs), Address = router, ConnectTime = TimeSpan.FromSeconds(1) };
        BgpRouteSet all = BgpRouteSet.Of(Enumerable.Range(0, count).Select(RouteOf)), more = all.With([new(RouteOf(count).Prefix, Attributes)]);
        using BgpAnnouncer announcer = new(new BgpOptions("bench"), TimeProvider.System, Random.Shared);
        void Tell(BgpRouteSet routes) => announcer.SetDesired(new(ImmutableSortedDictionary.Create<string, BgpPeerPlan>(StringComparer.Ordinal).Add(peer.Name, new(peer, routes))));
        Tell(all);
        Task work = announcer.RunAsync(ct);
        while (await Console.In.ReadLineAsync(ct).ConfigureAwait(false) is { } line)
        {
            BgpRouteSet routes = line switch
            {
                "more" => more,
                "all" => all,
                "none" => BgpRouteSet.Empty,
                _ => throw new FormatException($"\"{line}\" is neither more nor all nor none"),
            };
            // Linux' Stopwatch is CLOCK_MONOTONIC in nanoseconds, as the sink's clock is.
            long now = Stopwatch.GetTimestamp();
            Tell(routes);
            Console.WriteLine(now.ToString(CultureInfo.InvariantCulture));
        }
        await work.ConfigureAwait(false);
        return 0;
    }

    private static BgpRoute RouteOf(int index) => new(IpPrefix.Host(IpAddress.FromIPv4(First + (uint)index)), Attributes);
}
