using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LbSpeaker.Simulation.Tests.Virtual;
using Xunit.Abstractions;

namespace LbSpeaker.Simulation.Tests.Ownership;

public sealed class SimulationTests(ITestOutputHelper output)
{
    /// <summary>How many seeds are run, and which alone: <c>LBSPEAKER_SIMULATION_SEEDS</c>, <c>LBSPEAKER_SIMULATION_SEED</c>.</summary>
    private const string SeedsVariable = "LBSPEAKER_SIMULATION_SEEDS", SeedVariable = "LBSPEAKER_SIMULATION_SEED";

    /// <summary>What two cores do in two minutes.</summary>
    private const int DefaultCount = 10_000;

    [Fact]
    public void Of_all_schedules_none_breaks_an_invariant()
    {
        if (Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } one)
        {
            Replay(int.Parse(one, CultureInfo.InvariantCulture));
            return;
        }
        int count = int.TryParse(Environment.GetEnvironmentVariable(SeedsVariable), CultureInfo.InvariantCulture, out int asked) ? asked : DefaultCount;
        Stopwatch watch = Stopwatch.StartNew();
        ConcurrentDictionary<int, string> failures = [];
        long turns = 0, frames = 0;
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, loop) =>
        {
            try
            {
                if (Scenario.Run(seed, traces: false, out World world) is { } broken) failures[seed] = broken.Message;
                Interlocked.Add(ref turns, world.Turns);
                Interlocked.Add(ref frames, world.FramesSent);
            }
            catch (Exception fault)
            {
                failures[seed] = fault.ToString();
            }
        });
        output.WriteLine($"{count} seeds in {watch.Elapsed.TotalSeconds:0} s, {failures.Count} broke something; {turns} turns, {frames} frames");
        foreach ((int seed, string message) in failures.OrderBy(f => f.Key).Take(60)) output.WriteLine($"seed {seed} ({(Trouble)(seed % 8)}): {message.Split('\n')[0]}");
        if (!failures.IsEmpty) Replay(failures.Keys.Min());
    }

    private void Replay(int seed)
    {
        BrokenInvariantException? broken = Scenario.Run(seed, traces: true, out World world);
        foreach (string line in world.Log) output.WriteLine(line);
        Assert.True(broken is null, $"""
            seed {seed} ({(Trouble)(seed % 8)}): {broken?.Message}
            again: {SeedVariable}={seed} dotnet test tests/LbSpeaker.Simulation.Tests -c Release --filter {nameof(Of_all_schedules_none_breaks_an_invariant)} --logger 'console;verbosity=detailed'
            """);
    }
}
