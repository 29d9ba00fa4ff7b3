using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bench.Planner;

/// <summary>The announcement planner by itself, as the speaker of one of the nodes has it; every owner is recorded.</summary>
internal sealed class AnnouncerUnderTest : IPlannerUnderTest
{
    private readonly ClusterSnapshotBuilder builder = SyntheticCluster.Builder();
    private readonly AnnouncementPlanner planner = new(new AnnouncementOptions(SyntheticCluster.NodeName(0)));
    private readonly CompiledConfig config;
    private readonly string[] owners;

    public AnnouncerUnderTest(int services)
    {
        owners = SyntheticCluster.Owners(services);
        for (int i = 0; i < services; i++)
        {
            builder.Set(Holding(i));
            builder.Set(SyntheticCluster.Slice(i));
            builder.Set(SyntheticCluster.Owned(i, owners[i]));
        }
        ClusterSnapshot snapshot = builder.Publish();
        config = ConfigCompiler.Compile(snapshot);
        Plan(snapshot);
    }

    public Action[] LifeOf(int service)
    {
        ServiceView renewed = SyntheticCluster.Renewed(Holding(service));
        Layer2StatusView owned = SyntheticCluster.Owned(service, owners[service]);
        EndpointSliceView slice = SyntheticCluster.Slice(service), moved = SyntheticCluster.Slice(service, shift: 1);
        return
        [
            () => Follow(() => builder.Set(moved)),
            () => Follow(() =>
            {
                builder.RemoveService(renewed.Key);
                builder.RemoveLayer2Status(owned.Key);
            }),
            () => Follow(() => builder.Set(renewed)),
            () => Follow(() =>
            {
                builder.Set(slice);
                builder.Set(owned);
            }),
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
