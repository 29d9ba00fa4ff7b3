using LbSpeaker.Interop.Tests.Bgp.Routers;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>Each cell with each router.</summary>
public sealed class MatrixTests
{
    public static TheoryData<string> CellsOf(string router) => [.. Cells.All.Keys];

    [NetworkTheory("bird", "birdc")]
    [MemberData(nameof(CellsOf), "BIRD")]
    public void Bird(string cell) => Run("BIRD", cell);

    private static void Run(string router, string cell) => Cells.All[cell](new Cells(Router.All[router]));
}
