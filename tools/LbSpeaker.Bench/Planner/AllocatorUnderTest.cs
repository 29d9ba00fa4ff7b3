using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Bench.Planner;

/// <summary>The allocator by itself, over Services that all hold an address.</summary>
internal sealed class AllocatorUnderTest : IPlannerUnderTest
{
    private readonly ClusterSnapshotBuilder builder = SyntheticCluster.Builder();
    private readonly AllocationPlanner planner = new(new AllocationOptions(null));
    private readonly CompiledConfig config;
    private AllocationPlan plan;

    public AllocatorUnderTest(int services)
    {
        for (int i = 0; i < services; i++) builder.Set(SyntheticCluster.Service(i));
        ClusterSnapshot snapshot = builder.Publish();
        config = ConfigCompiler.Compile(snapshot);
        plan = planner.Plan(config, snapshot);
        for (int i = 0; i < services; i++) builder.Set(Holding(SyntheticCluster.Service(i)));
        Plan();
    }

    public Action[] LifeOf(int service)
    {
        ServiceView waiting = SyntheticCluster.Service(service), holding = Holding(waiting), changed = Holding(SyntheticCluster.Service(service, port: 8080));
        return [() => Follow(changed), () => Lose(waiting.Key), () => Follow(waiting), () => Follow(holding)];
    }

    /// <summary>A Service comes, and this is what is measured; then its address is written and it goes.</summary>
    public (Action Measured, Action After) Newcomer(int service)
    {
        ServiceView waiting = SyntheticCluster.Service(service);
        return (() => Follow(waiting), () =>
        {
            if (plan.Services[waiting.Key].Addresses.IsEmpty) throw new InvalidOperationException("the newcomer got no address");
            Follow(Holding(waiting));
            Lose(waiting.Key);
        });
    }

    private ServiceView Holding(ServiceView service) => SyntheticCluster.Holding(service, plan.Services[service.Key].Addresses);

    private void Follow(ServiceView service)
    {
        builder.Set(service);
        Plan();
    }

    private void Lose(ObjectKey service)
    {
        builder.RemoveService(service);
        Plan();
    }

    private void Plan() => plan = planner.Plan(config, builder.Publish());
}
