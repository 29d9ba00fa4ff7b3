using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>Each cell with each router.</summary>
public sealed class MatrixTests
{
    public static TheoryData<string> CellsOf(string router) => [.. Cells.All.Keys.Where(c => Matrix.Cannot(router, c) is null)];

    [NetworkTheory("bird", "birdc", "nft")]
    [MemberData(nameof(CellsOf), "BIRD")]
    public Task Bird(string cell) => Matrix.Run("BIRD", cell);

    [NetworkTheory("vtysh", "nft")]
    [MemberData(nameof(CellsOf), "FRR")]
    public Task Frr(string cell) => Matrix.Run("FRR", cell);

    [NetworkTheory("gobgpd", "gobgp", "nft")]
    [MemberData(nameof(CellsOf), "GoBGP")]
    public Task GoBgp(string cell) => Matrix.Run("GoBGP", cell);

    [NetworkTheory("bgpctl", "nft")]
    [MemberData(nameof(CellsOf), "OpenBGPD")]
    public Task OpenBgpd(string cell) => Matrix.Run("OpenBGPD", cell);

    [NetworkTheory("exabgp", "nft")]
    [MemberData(nameof(CellsOf), "ExaBGP")]
    public Task ExaBgp(string cell) => Matrix.Run("ExaBGP", cell);

    /// <summary>With the environment variable LBSPEAKER_BGP_MATRIX set to a file's path, that file gets the table.</summary>
    [NetworkFact("bird", "vtysh", "gobgpd", "bgpctl", "exabgp", "nft")]
    public async Task The_README_shows_what_came_of_them()
    {
        foreach (string cell in Cells.All.Keys)
            foreach (string router in Routers.Router.All.Keys.Where(r => Matrix.Cannot(r, cell) is null)) await Matrix.Run(router, cell).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (Environment.GetEnvironmentVariable("LBSPEAKER_BGP_MATRIX") is { Length: > 0 } path) await File.WriteAllTextAsync(path, Matrix.Render());
        Assert.Contains($"\n\n{Matrix.Render()}\n", await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Bgp.README.md")), StringComparison.Ordinal);
    }
}
