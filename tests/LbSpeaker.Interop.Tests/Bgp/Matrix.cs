using System.Text;
using LbSpeaker.Interop.Tests.Bgp.Routers;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>
/// What came of the cells. With the environment variable LBSPEAKER_BGP_MATRIX set to a file's path, that file has it as a Markdown table after each cell; a cell that was not run is empty.
/// </summary>
internal static class Matrix
{
    private static readonly Dictionary<(string Router, string Cell), string> Results = [];

    private static readonly Dictionary<(string Router, string Cell), string> Impossible = new()
    {
        [("BIRD", "unnumbered")] = "takes no neighbour from router advertisements",
        [("GoBGP", "unnumbered")] = "takes the neighbour from the kernel's table",
        [("GoBGP", "route refresh")] = "reads its own copy again instead of asking",
        [("OpenBGPD", "unnumbered")] = "needs an address",
        [("OpenBGPD", "IPv4 over IPv6 (RFC 8950)")] = "no RFC 8950 in this version",
        [("OpenBGPD", "MD5")] = "no MD5 on Linux",
        [("OpenBGPD", "MD5, wrong")] = "no MD5 on Linux",
        [("ExaBGP", "GTSM")] = "connections that it accepts are answered with the usual TTL",
        [("ExaBGP", "unnumbered")] = "needs an address",
        [("ExaBGP", "graceful restart of the speaker")] = "keeps no routes",
        [("ExaBGP", "NOTIFICATION to the router")] = "trips over any shutdown communication (a TypeError of its own); the session ends",
    };

    /// <summary>Why a router cannot do it at all; null where it can.</summary>
    public static string? Cannot(string router, string cell) => Impossible.GetValueOrDefault((router, cell));

    public static void Record(string router, string cell, Action test)
    {
        Results[(router, cell)] = "**fails**";
        try
        {
            test();
            Results[(router, cell)] = "yes";
        }
        finally
        {
            if (Environment.GetEnvironmentVariable("LBSPEAKER_BGP_MATRIX") is { Length: > 0 } path) File.WriteAllText(path, Render());
        }
    }

    private static string Render()
    {
        string[] routers = [.. Router.All.Keys];
        StringBuilder table = new($"| | {string.Join(" | ", routers)} |\n|---|{string.Concat(routers.Select(_ => "---|"))}\n");
        foreach (string cell in Cells.All.Keys)
            table.Append($"| {cell} | {string.Join(" | ", routers.Select(r => Cannot(r, cell) is { } reason ? $"cannot: {reason}" : Results.GetValueOrDefault((r, cell), "")))} |\n");
        return table.ToString();
    }
}
