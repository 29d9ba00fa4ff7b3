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

    private static void Run(string router, string cell) => Matrix.Record(router, cell, () => Cells.All[cell](new Cells(Router.All[router])));
}
