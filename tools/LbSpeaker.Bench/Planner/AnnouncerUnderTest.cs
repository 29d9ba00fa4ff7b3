using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bench.Planner;

/// <summary>The announcement planner by itself, as the speaker of one of the nodes has it.</summary>
internal sealed class AnnouncerUnderTest : IPlannerUnderTest
{
    private readonly ClusterSnapshotBuilder builder = SyntheticCluster.Builder();
    private readonly AnnouncementPlanner planner = new(new AnnouncementOptions(SyntheticCluster.NodeName(0)));
    private readonly CompiledConfig config;

    public AnnouncerUnderTest(int services)
    {
        for (int i = 0; i < services; i++)
        {
            builder.Set(Holding(i));
            builder.Set(SyntheticCluster.Slice(i));
        }
        ClusterSnapshot snapshot = builder.Publish();
        config = ConfigCompiler.Compile(snapshot);
        Plan(snapshot);
    }

    public Action[] LifeOf(int service)
    {
        ServiceView holding = Holding(service);
        EndpointSliceView slice = SyntheticCluster.Slice(service), moved = SyntheticCluster.Slice(service, shift: 1);
        return
        [
            () => Follow(() => builder.Set(moved)),
            () => Follow(() => builder.RemoveService(holding.Key)),
            () => Follow(() => builder.Set(holding)),
            () => Follow(() => builder.Set(slice)),
        ];
    }

    private static ServiceView Holding(int service) => SyntheticCluster.Holding(SyntheticCluster.Service(service), [SyntheticCluster.Address(service)]);

    private void Follow(Action change)
    {
        change();
        Plan(builder.Publish());
    }

    private void Plan(ClusterSnapshot snapshot) => planner.Plan(config, snapshot, static service => ServiceHolding.OfStatus(service, null));
}
