using LbSpeaker.Interop.Tests.Bgp.Routers;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>Each cell with each router.</summary>
public sealed class MatrixTests
{
    public static TheoryData<string> CellsOf(string router) => [.. Cells.All.Keys.Where(c => Matrix.Cannot(router, c) is null)];

    [NetworkTheory("bird", "birdc", "nft")]
    [MemberData(nameof(CellsOf), "BIRD")]
    public void Bird(string cell) => Run("BIRD", cell);

    [NetworkTheory("vtysh", "nft")]
    [MemberData(nameof(CellsOf), "FRR")]
    public void Frr(string cell) => Run("FRR", cell);

    [NetworkTheory("gobgpd", "gobgp", "nft")]
    [MemberData(nameof(CellsOf), "GoBGP")]
    public void GoBgp(string cell) => Run("GoBGP", cell);

    [NetworkTheory("bgpctl", "nft")]
    [MemberData(nameof(CellsOf), "OpenBGPD")]
    public void OpenBgpd(string cell) => Run("OpenBGPD", cell);

    [NetworkTheory("exabgp", "nft")]
    [MemberData(nameof(CellsOf), "ExaBGP")]
    public void ExaBgp(string cell) => Run("ExaBGP", cell);

    private static void Run(string router, string cell) => Matrix.Record(router, cell, () => Cells.All[cell](new Cells(Router.All[router])));
}
