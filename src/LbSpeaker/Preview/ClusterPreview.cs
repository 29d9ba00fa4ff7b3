using System.Collections.Immutable;
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
        AnnouncementPlanner announcer = new(new AnnouncementOptions(IgnoreExcludeLabel: ignoreExcludeLabel));
        AnnouncementPlan announcements = announcer.Plan(config, snapshot, service => HoldingAfter(allocation, service));
        return new(snapshot, config, allocation, announcements)
        {
            Rebalance = () => announcer.Rebalance(),
            WithoutSpeakerOf = node => Of(Without(snapshot, node), loadBalancerClass, ignoreExcludeLabel),
        };
    }

    /// <summary>What would have to move so that the nodes own evenly.</summary>
    public required Func<IReadOnlyList<OwnershipMove>> Rebalance { get; init; }

    /// <summary>The same with one node's speaker dead: who would be next.</summary>
    public required Func<string, ClusterPreview> WithoutSpeakerOf { get; init; }

    private static ClusterSnapshot Without(ClusterSnapshot snapshot, string node) =>
        snapshot with { LiveSpeakers = (snapshot.LiveSpeakers ?? snapshot.Nodes.Keys.ToImmutableSortedSet(StringComparer.Ordinal)).Remove(node) };

    /// <summary>Every fault that somebody wrote, sorted.</summary>
    public IReadOnlyList<Problem> Problems { get; } = [.. Config.Problems.Concat(Allocation.Problems).Order()];

    /// <summary>What is strange about configuration that is in force, in the order of its objects.</summary>
    public IEnumerable<string> Warnings => Config.Verdicts.SelectMany(v => v.Warnings.Select(w => $"{v.Meta.Kind} {v.Meta.Key}: {w}"));

    public ServiceAnnouncements AnnouncementsOf(ObjectKey service) => Announcements.Services.GetValueOrDefault(service) ?? ServiceAnnouncements.None;

    private static ServiceHolding HoldingAfter(AllocationPlan allocation, ServiceView service) =>
        allocation.Services.GetValueOrDefault(service.Key) is { } decision ? new(decision.Addresses, decision.Pools) : ServiceHolding.Nothing;
}
