using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>A controller is killed at every moment of a burst; the next one keeps every address that was written, and gives no address twice.</summary>
public sealed class KillTests(KillTests.Lab fixture) : IClassFixture<KillTests.Lab>
{
    private const int Burst = 50;

    public static TheoryData<int> Moments() => [.. Enumerable.Range(0, Burst + 1)];

    /// <summary>The n-th status write is carried out, and the controller dies before it hears of that; with 0 it dies before the first.</summary>
    [Theory, MemberData(nameof(Moments))]
    public async Task Killed_between_writing_a_status_and_seeing_it(int writes)
    {
        LabCluster lab = fixture.Cluster;
        string name(int i) => $"k{writes}-{i}";
        LabController first = lab.StartController($"first-{writes}");
        int written = 0;
        first.Wire.Decide = sent =>
            sent is not { Resource: "services", Method: "PATCH" } ? Fate.Pass
            : writes == 0 ? Fate.DieBefore
            : Interlocked.Increment(ref written) == writes ? Fate.DieAfter : Fate.Pass;
        await lab.UntilAsync("it to lead", () => first.Leads);
        await Parallel.ForAsync(0, Burst, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) => await lab.ApplyAsync(Objects.Service(name(i))));
        await lab.UntilAsync("it to die", () => first.Wire.IsCut);
        await first.KillAsync();
        Dictionary<int, string> before = Enumerable.Range(0, Burst).ToDictionary(i => i, i => lab.AddressesOf(name(i)));

        LabController second = lab.StartController($"second-{writes}");
        for (int i = 0; i < Burst; i++) await lab.UntilConditionAsync(name(i), "Allocated", "True");
        Assert.Equal(Burst, Enumerable.Range(0, Burst).Select(i => lab.AddressesOf(name(i))).Distinct().Count());
        foreach ((int i, string address) in before)
            if (address.Length > 0) Assert.Equal(["", address], await lab.Oracle.HistoryOfAsync(name(i)));
        Assert.Empty(await lab.Oracle.ViolationsAsync());

        await second.StopAsync();
        for (int i = 0; i < Burst; i++) await lab.DeleteServiceAsync(name(i));
    }

    /// <summary>One cluster for all moments.</summary>
    public sealed class Lab : IAsyncLifetime
    {
        internal LabCluster Cluster { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Cluster = await LabCluster.StartAsync();
            Cluster.Clock.Rate = 10;
            await Cluster.ApplyAsync(Objects.Pool("lan", "192.0.2.0-192.0.2.255"), Objects.Advertisement("all"));
        }

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }
}
