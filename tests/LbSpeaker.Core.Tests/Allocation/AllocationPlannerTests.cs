using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Allocation;

public sealed class AllocationPlannerTests
{
    private static AllocationPlan Plan(AllocationPlanner planner, ClusterSnapshot snapshot) =>
        planner.Plan(ConfigCompiler.Compile(snapshot), snapshot);

    [Fact]
    public void The_first_plan_looks_at_everything_and_the_next_at_what_changed()
    {
        ClusterSnapshotBuilder builder = ClusterText.Read(["pool pool-a addresses=192.0.2.0/28", "service one", "service two"]).ToBuilder();
        AllocationPlanner planner = new(new(null));
        AllocationPlan first = Plan(planner, builder.Publish());
        Assert.Null(first.Changed);
        PlanEcho.Write(first, builder);
        Plan(planner, builder.Publish());

        builder.Set(ClusterText.Read(["service three age=9"]).Services[0]);
        builder.RemoveService(new("default", "one"));
        AllocationPlan next = Plan(planner, builder.Publish());
        Assert.Equal([new("default", "one"), new("default", "three")], next.Changed!.Value.AsEnumerable());
        Assert.Equal("[192.0.2.0]", next.Services[new("default", "three")].Addresses.ToString());
        Assert.False(next.Services.ContainsKey(new("default", "one")));
    }

    [Fact]
    public void A_snapshot_that_was_missed_means_from_scratch()
    {
        ClusterSnapshotBuilder builder = ClusterText.Read(["pool pool-a addresses=192.0.2.0/28", "service one"]).ToBuilder();
        AllocationPlanner planner = new(new(null));
        Plan(planner, builder.Publish());
        builder.Set(ClusterText.Read(["service two age=9"]).Services[0]);
        builder.Publish();
        AllocationPlan plan = Plan(planner, builder.Publish());
        Assert.Null(plan.Changed);
        Assert.Equal(2, plan.Services.Count);
    }

    [Fact]
    public void A_changed_pool_means_from_scratch_and_a_changed_advertisement_does_not()
    {
        ClusterSnapshotBuilder builder = ClusterText.Read(["pool pool-a addresses=192.0.2.0/28", "service one"]).ToBuilder();
        AllocationPlanner planner = new(new(null));
        Plan(planner, builder.Publish());
        builder.Set(ClusterText.Read(["l2 adv"]).L2Advertisements[0]);
        Assert.NotNull(Plan(planner, builder.Publish()).Changed);
        builder.Set(ClusterText.Read(["pool pool-b addresses=198.51.100.0/28"]).Pools[0]);
        Assert.Null(Plan(planner, builder.Publish()).Changed);
    }

    [Fact]
    public void A_Service_that_waits_gets_what_another_gives_back()
    {
        ClusterSnapshotBuilder builder = ClusterText.Read(["pool pool-a addresses=192.0.2.0/31", "service one", "service two", "service three", "service four"]).ToBuilder();
        AllocationPlanner planner = new(new(null));
        AllocationPlan plan = Plan(planner, builder.Publish());
        PlanEcho.Write(plan, builder);
        Plan(planner, builder.Publish());
        builder.RemoveService(new("default", "two"));
        plan = Plan(planner, builder.Publish());
        Assert.Equal("[192.0.2.1]", plan.Services[new("default", "three")].Addresses.ToString());
        Assert.Equal(AllocationReason.NoAvailableIPs, plan.Services[new("default", "four")].Reason);
    }

    [Fact]
    public void With_a_class_only_Services_of_exactly_that_class_are_ours()
    {
        ClusterSnapshot snapshot = ClusterText.Read(
            ["pool pool-a addresses=192.0.2.0/28", "service none", "service ours class=example.com/lb", "service theirs class=example.org/lb",
             "service left holds=192.0.2.9 from=pool-a", "service gained class=example.org/lb holds=192.0.2.8 from=pool-a"]).ToBuilder().Publish();
        AllocationPlan plan = Plan(new(new("example.com/lb")), snapshot);
        Assert.Equal(AllocationDecision.Assign, plan.Services[new("default", "ours")].Decision);
        Assert.Equal(AllocationDecision.NotOurs, plan.Services[new("default", "none")].Decision);
        Assert.Equal(AllocationDecision.NotOurs, plan.Services[new("default", "theirs")].Decision);
        // The default load balancer may have given it, from pools that both read.
        Assert.Equal(AllocationDecision.NotOurs, plan.Services[new("default", "left")].Decision);
        Assert.Equal(AllocationDecision.Release, plan.Services[new("default", "gained")].Decision);
    }

    [Fact]
    public void Who_has_a_creation_time_is_older_than_who_has_none()
    {
        ClusterText cluster = ClusterText.Read(["pool pool-a addresses=192.0.2.0/32", "service undated", "service dated"]);
        cluster.Services[1] = cluster.Services[1] with { Age = new(DateTimeOffset.UnixEpoch, 0) };
        AllocationPlan plan = Plan(new(new(null)), cluster.ToBuilder().Publish());
        Assert.Equal(AllocationDecision.Assign, plan.Services[new("default", "dated")].Decision);
        Assert.Equal(AllocationDecision.Refuse, plan.Services[new("default", "undated")].Decision);
    }

    [Fact]
    public void Counters_of_a_vast_pool_count_down_from_the_greatest_number()
    {
        AllocationPlan plan = Plan(new(new(null)), ClusterText.Read(["pool pool-a addresses=2001:db8::/32", "service web cluster=6"]).ToBuilder().Publish());
        PoolUsage usage = Assert.Single(plan.Pools.AsEnumerable());
        Assert.Equal((1, long.MaxValue - 1), (usage.AssignedIPv6, usage.AvailableIPv6));
    }

    [Fact]
    public void Two_plans_from_equal_input_are_equal_and_others_are_not()
    {
        AllocationPlan Make(string service) => Plan(new(new(null)), ClusterText.Read(["pool pool-a addresses=192.0.2.0/28", service]).ToBuilder().Publish());
        Assert.Equal(Make("service web"), Make("service web"));
        Assert.NotEqual(Make("service web"), Make("service web wants=192.0.2.3"));
    }

    [Fact]
    public void Thousands_of_Services_each_have_their_own_address()
    {
        ClusterSnapshotBuilder builder = ClusterText.Read(["pool pool-a addresses=198.51.96.0/20 avoid exclude=198.51.100.7"]).ToBuilder();
        ServiceView web = ClusterText.Read(["service web"]).Services[0];
        for (int i = 0; i < 4200; i++) builder.Set(web with { Key = new("default", $"web-{i}"), Age = new(null, i) });
        AllocationPlan plan = Plan(new(new(null)), builder.Publish());
        int usable = 4096 - 32 - 1;
        Assert.Equal(usable, plan.Services.Values.SelectMany(d => d.Addresses).Distinct().Count());
        Assert.Equal(4200 - usable, plan.Services.Values.Count(d => d.Reason == AllocationReason.NoAvailableIPs));
        Assert.Contains($"pool-a: exhausted {usable}/{usable}", plan.Services[new("default", "web-4199")].Message, StringComparison.Ordinal);
        Assert.Equal((usable, 0L), (plan.Pools[0].AssignedIPv4, plan.Pools[0].AvailableIPv4));
    }
}
