using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Allocation;

public sealed class AllocationCases
{
    public static TheoryData<string> Titles => [.. TextCase.ReadAll("Allocation").Select(c => c.ToString())];

    [Fact]
    public void There_are_cases_in_every_file()
    {
        Assert.True(TextCase.ReadAll("Allocation").GroupBy(c => c.Table).Count() >= 7);
        Assert.All(TextCase.ReadAll("Allocation"), c => Assert.NotEmpty(c.Expected));
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void The_plan_is_as_the_case_says(string title)
    {
        TextCase given = TextCase.ReadAll("Allocation").Single(c => c.ToString() == title);
        (CompiledConfig config, AllocationPlan plan) = Plan(ClusterText.Read(given.Given).ToBuilder());

        string[] saying = [.. given.Expected.Where(l => l.StartsWith("says ", StringComparison.Ordinal))];
        string[] usages = [.. given.Expected.Where(l => l.StartsWith("usage ", StringComparison.Ordinal))];
        string[] exact = [.. given.Expected.Except(saying).Except(usages).Order(StringComparer.Ordinal)];
        Assert.Equal(exact, Print(plan, [.. config.Problems]).Order(StringComparer.Ordinal));
        foreach (string line in usages) Assert.Contains(line, plan.Pools.AsEnumerable().Select(Print));
        foreach (string line in saying)
        {
            string[] parts = line.Split(' ', 3);
            string message = parts[1].StartsWith("claim:", StringComparison.Ordinal)
                ? plan.Claims[ClusterText.ServiceKey(parts[1][6..])].Message
                : plan.Services[ClusterText.ServiceKey(parts[1])].Message;
            Assert.Contains(parts[2], message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void The_order_of_the_input_decides_nothing(string title)
    {
        TextCase given = TextCase.ReadAll("Allocation").Single(c => c.ToString() == title);
        ClusterText cluster = ClusterText.Read(given.Given);
        Assert.Equal(Plan(cluster.ToBuilder()).Plan, Plan(cluster.ToBuilder(reversed: true)).Plan);
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void Once_written_the_plan_stays_as_it_is(string title)
    {
        TextCase given = TextCase.ReadAll("Allocation").Single(c => c.ToString() == title);
        ClusterSnapshotBuilder builder = ClusterText.Read(given.Given).ToBuilder();
        ClusterSnapshot first = builder.Publish();
        CompiledConfig config = ConfigCompiler.Compile(first);
        AllocationPlanner planner = new(new(null));
        AllocationPlan plan = planner.Plan(config, first);
        PlanEcho.Write(plan, builder);
        AllocationPlan next = planner.Plan(config, builder.Publish());
        foreach ((ObjectKey key, ServiceDecision decision) in plan.Services)
        {
            Assert.Equal(decision.Addresses, next.Services[key].Addresses);
            Assert.DoesNotContain(next.Services[key].Decision, (AllocationDecision[])[AllocationDecision.Assign, AllocationDecision.Release]);
        }
        foreach ((ObjectKey key, ClaimDecision decision) in plan.Claims) Assert.Equal(decision.Addresses, next.Claims[key].Addresses);
    }

    private static (CompiledConfig Config, AllocationPlan Plan) Plan(ClusterSnapshotBuilder builder)
    {
        ClusterSnapshot snapshot = builder.Publish();
        CompiledConfig config = ConfigCompiler.Compile(snapshot);
        return (config, new AllocationPlanner(new(null)).Plan(config, snapshot));
    }

    private static IEnumerable<string> Print(AllocationPlan plan, Problem[] configProblems)
    {
        foreach ((ObjectKey key, ServiceDecision d) in plan.Services)
        {
            List<string> words = ["=", key.Namespace == "default" ? key.Name : key.ToString(), d.Decision.ToString()];
            if (d.Addresses.Count > 0) words.AddRange([string.Join(",", d.Addresses.AsEnumerable()), "from", string.Join(",", d.Pools.AsEnumerable())]);
            if (d.Reason is { } reason) words.Add(reason.ToString());
            if (d.ReleaseReason is { } lost) words.AddRange(["lost", lost.ToString()]);
            yield return string.Join(" ", words);
        }
        foreach ((ObjectKey key, ClaimDecision d) in plan.Claims)
        {
            List<string> words = ["= claim", key.Namespace == "default" ? key.Name : key.ToString()];
            words.AddRange(d.Addresses.IsEmpty ? ["nothing"] : [string.Join(",", d.Addresses.AsEnumerable()), "from", string.Join(",", d.Pools.AsEnumerable())]);
            if (d.Reason is { } reason) words.Add(reason.ToString());
            if (!d.UsedBy.IsEmpty) words.AddRange(["used", "by", string.Join(",", d.UsedBy.AsEnumerable())]);
            yield return string.Join(" ", words);
        }
        foreach (Problem p in configProblems.Concat(plan.Problems)) yield return $"problem {p.Kind} {p.Key.Name} {p.Reason}";
    }

    private static string Print(PoolUsage u)
    {
        string excluded = u.Excluded.IsEmpty ? "" : $" excluded {string.Join(",", u.Excluded.AsEnumerable())}";
        return $"usage {u.Name} {u.State} {u.AssignedIPv4}+{u.AvailableIPv4} {u.AssignedIPv6}+{u.AvailableIPv6}{excluded}";
    }
}
