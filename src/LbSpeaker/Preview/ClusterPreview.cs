using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Preview;

/// <summary>What the live system would do with a snapshot: the same compiler and planners, nothing written.</summary>
public sealed record ClusterPreview(ClusterSnapshot Snapshot, CompiledConfig Config, AllocationPlan Allocation, AnnouncementPlan Announcements)
{
    public static ClusterPreview Of(ClusterSnapshot snapshot, string? loadBalancerClass, bool ignoreExcludeLabel)
    {
        CompiledConfig config = ConfigCompiler.Compile(snapshot);
        AllocationPlan allocation = new AllocationPlanner(new AllocationOptions(loadBalancerClass)).Plan(config, snapshot);
        AnnouncementPlan announcements = new AnnouncementPlanner(new AnnouncementOptions(IgnoreExcludeLabel: ignoreExcludeLabel))
            .Plan(config, snapshot, service => HoldingAfter(allocation, service));
        return new(snapshot, config, allocation, announcements);
    }

    /// <summary>Every fault that somebody wrote, sorted.</summary>
    public IReadOnlyList<Problem> Problems { get; } = [.. Config.Problems.Concat(Allocation.Problems).Order()];

    private static ServiceHolding HoldingAfter(AllocationPlan allocation, ServiceView service) =>
        allocation.Services.GetValueOrDefault(service.Key) is { } decision ? new(decision.Addresses, decision.Pools) : ServiceHolding.Nothing;
}
