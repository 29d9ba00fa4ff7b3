using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using LbSpeaker.Bench.Figures;
using LbSpeaker.Controller;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Bench.Planner;

/// <summary>How long plans take, in this process and without any I/O.</summary>
internal static class PlannerBench
{
    private const int Many = 10_000, Few = 100, Fill = 60_000;

    /// <summary>Single steps that make one round; a mean over so many has its share of garbage collections in it.</summary>
    private const int StepsOfRound = 2_000;

    public static void Run(int rounds, TextWriter output)
    {
        if (RuntimeFeature.IsDynamicCodeSupported) output.WriteLine("# planner: run under the JIT, not native");
        FromScratch(rounds, output);
        Allocation(rounds, output);
        Change("allocator-change", rounds, output, n => new AllocatorUnderTest(n));
        Change("announcer-change", rounds, output, n => new AnnouncerUnderTest(n));
        Change("controller-turn", rounds, output, n => new ControllerUnderTest(n));
        Change("speaker-turn", rounds, output, n => new SpeakerUnderTest(n));
        Death(100, rounds, output);
        Death(1_000, rounds, output);
    }

    private static void Death(int nodes, int rounds, TextWriter output)
    {
        DeathUnderTest speaker = new(nodes, Many);
        for (int round = -1; round < rounds; round++)
        {
            (Action death, Action aftermath) = speaker.Of(1 + (round + 1) % (nodes - 1));
            double taken = Milliseconds(death);
            aftermath();
            if (round >= 0) Say(output, $"speaker-death-{nodes}", taken, "ms");
        }
    }

    private static void FromScratch(int rounds, TextWriter output)
    {
        ClusterSnapshotBuilder waiting = SyntheticCluster.Builder(), holding = SyntheticCluster.Builder();
        for (int i = 0; i < Many; i++)
        {
            waiting.Set(SyntheticCluster.Service(i));
            holding.Set(SyntheticCluster.Holding(SyntheticCluster.Service(i), [SyntheticCluster.Address(i)]));
            holding.Set(SyntheticCluster.Slice(i));
        }
        ClusterSnapshot toServe = waiting.Publish(), toAnnounce = holding.Publish();
        CompiledConfig config = ConfigCompiler.Compile(toServe);
        // The first rounds warm up: code, and the heap's size.
        for (int round = -2; round < rounds; round++)
        {
            ControllerState state = ClusterRecords.BeforeFirstTurn(Many);
            double allocation = Milliseconds(() => new AllocationPlanner(new(null)).Plan(config, toServe));
            double announcement = Milliseconds(() => new AnnouncementPlanner(new(SyntheticCluster.NodeName(0))).Plan(config, toAnnounce, static s => ServiceHolding.OfStatus(s, null)));
            double turn = Milliseconds(() => state.Turn());
            if (round < 0) continue;
            Say(output, "allocator-scratch", allocation, "ms");
            Say(output, "announcer-scratch", announcement, "ms");
            Say(output, "controller-scratch", turn, "ms");
        }
    }

    private static void Allocation(int rounds, TextWriter output)
    {
        AllocatorUnderTest planner = new(Fill);
        for (int round = -1; round < rounds; round++)
        {
            long ticks = 0;
            for (int i = 0; i < StepsOfRound; i++)
            {
                (Action measured, Action after) = planner.Newcomer(Fill + i);
                ticks += Ticks(measured);
                after();
            }
            if (round >= 0) Say(output, "allocation-60000", Microseconds(ticks) / StepsOfRound, "µs");
        }
    }

    /// <summary>The rounds at both sizes alternate, so that what the machine does beside meets both.</summary>
    private static void Change(string name, int rounds, TextWriter output, Func<int, IPlannerUnderTest> create)
    {
        IPlannerUnderTest few = create(Few), many = create(Many);
        for (int round = -1; round < rounds; round++)
        {
            double atFew = MeanOfStep(few, Few), atMany = MeanOfStep(many, Many);
            if (round < 0) continue;
            Say(output, $"{name}@100-Services", atFew, "µs");
            Say(output, name, atMany, "µs");
        }
        (few as IDisposable)?.Dispose();
        (many as IDisposable)?.Dispose();
    }

    private static double MeanOfStep(IPlannerUnderTest planner, int services)
    {
        long ticks = 0;
        int steps = 0;
        // A stride that is prime to the number of Services meets them in no order that a cache likes.
        for (int i = 0; steps < StepsOfRound; i++)
            foreach (Action step in planner.LifeOf((int)(i * 7919L % services)))
            {
                ticks += Ticks(step);
                steps++;
            }
        return Microseconds(ticks) / steps;
    }

    private static double Milliseconds(Action action)
    {
        GC.Collect();
        return Microseconds(Ticks(action)) / 1000;
    }

    private static long Ticks(Action action)
    {
        long begin = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetTimestamp() - begin;
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    private static void Say(TextWriter output, string name, double value, string unit) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.###} {unit}"));
}
