using System.Collections.Concurrent;
using System.Text;
using LbSpeaker.Interop.Tests.Bgp.Routers;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>What came of the cells. A row's routers work at the same time, each in namespaces of its own; no row is run twice.</summary>
internal static class Matrix
{
    private static readonly ConcurrentDictionary<string, Lazy<IReadOnlyDictionary<string, Task>>> Rows = new();

    private static readonly Dictionary<(string Router, string Cell), string> Impossible = new()
    {
        [("BIRD", "unnumbered")] = "takes no neighbour from router advertisements",
        [("GoBGP", "unnumbered")] = "sends no router advertisements",
        [("GoBGP", "route refresh")] = "reads its own copy again instead of asking",
        [("OpenBGPD", "unnumbered")] = "needs an address",
        [("OpenBGPD", "IPv4 over IPv6 (RFC 8950)")] = "no RFC 8950 in this version",
        [("OpenBGPD", "MD5")] = "no MD5 on Linux",
        [("OpenBGPD", "MD5, wrong")] = "no MD5 on Linux",
        [("ExaBGP", "GTSM")] = "connections that it accepts are answered with the usual TTL",
        [("ExaBGP", "unnumbered")] = "needs an address",
        [("ExaBGP", "graceful restart of the speaker")] = "keeps no routes",
        [("GoBGP", "… with traffic")] = "puts no routes into the kernel",
        [("OpenBGPD", "… with traffic")] = "puts no routes into Linux's kernel",
        [("ExaBGP", "… with traffic")] = "keeps no routes",
        [("GoBGP", "… with traffic and BFD")] = "no BFD",
        [("OpenBGPD", "… with traffic and BFD")] = "no BFD",
        [("ExaBGP", "… with traffic and BFD")] = "no BFD",
        [("ExaBGP", "NOTIFICATION to the router")] = "trips over any shutdown communication (a TypeError of its own); the session ends",
    };

    /// <summary>Why a router cannot do it at all; null where it can.</summary>
    public static string? Cannot(string router, string cell) => Impossible.GetValueOrDefault((router, cell));

    /// <summary>Fails as the cell does, and not before its whole row is done: nothing of it is left when a test ends.</summary>
    public static async Task Run(string router, string cell)
    {
        IReadOnlyDictionary<string, Task> row = Rows.GetOrAdd(cell, c => new(() => Begin(c))).Value;
        await Task.WhenAll(row.Values).ContinueWith(static _ => { }, TaskScheduler.Default);
        await row[router];
    }

    /// <summary>As README.md of the room shows it; a cell that was not run is empty.</summary>
    public static string Render()
    {
        string[] routers = [.. Router.All.Keys];
        StringBuilder table = new($"| | {string.Join(" | ", routers)} |\n|---|{string.Concat(routers.Select(_ => "---|"))}\n");
        foreach (string cell in Cells.All.Keys) table.Append($"| {cell} | {string.Join(" | ", routers.Select(r => Show(r, cell)))} |\n");
        return table.ToString();
    }

    private static string Show(string router, string cell)
    {
        if (Cannot(router, cell) is { } reason) return $"cannot: {reason}";
        if (!Rows.TryGetValue(cell, out Lazy<IReadOnlyDictionary<string, Task>>? row) || !row.Value.TryGetValue(router, out Task? work)) return "";
        return work.IsCompletedSuccessfully ? "yes" : "**fails**";
    }

    /// <summary>On threads of their own: they wait for other processes, and the pool is the speakers'.</summary>
    private static Dictionary<string, Task> Begin(string cell) => Router.All.Keys.Where(r => Cannot(r, cell) is null && Router.IsInstalled(r)).ToDictionary(
        r => r,
        r => Task.Factory.StartNew(() => Cells.All[cell](new Cells(Router.All[r].Make)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
}
