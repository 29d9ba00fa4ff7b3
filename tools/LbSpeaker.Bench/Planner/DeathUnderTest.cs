using System.Collections.Immutable;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Layer2;
using LbSpeaker.Speaker;

namespace LbSpeaker.Bench.Planner;

/// <summary>
/// A speaker in a cluster of many nodes in which every address has its recorded owner, and one speaker dies: from the news to the plan for its own announcer. It lives again
/// before the next death.
/// </summary>
internal sealed class DeathUnderTest
{
    private readonly SpeakerState state = new(SyntheticCluster.NodeName(0), loadBalancerClass: null, ignoreExcludeLabel: false);
    private readonly ImmutableSortedSet<string> all;

    public DeathUnderTest(int nodes, int services)
    {
        all = SyntheticCluster.Nodes(nodes).Select(n => n.Name).ToImmutableSortedSet(StringComparer.Ordinal);
        foreach (ClusterRecord record in ClusterRecords.Surroundings(SyntheticCluster.Nodes(nodes))) state.Apply(new ClusterChange.Upserted(record));
        string[] owners = SyntheticCluster.Owners(services, nodes);
        for (int i = 0; i < services; i++)
            foreach (ClusterRecord record in (ClusterRecord[])[ClusterRecords.Holding(i), ClusterRecords.Slice(i), ClusterRecords.Owned(i, owners[i])])
                state.Apply(new ClusterChange.Upserted(record));
        state.Apply(new ClusterChange.SpeakersChanged(all, all));
        state.Apply(new Layer2Report([new InterfaceReport("eth0", 2, new MacAddress(0x0200_0000_0001), AnswersArp: true, AnswersNdp: true, Fault: null)], []));
        Turn();
    }

    public (Action Death, Action Aftermath) Of(int node)
    {
        string dead = SyntheticCluster.NodeName(node);
        ImmutableSortedSet<string> left = all.Remove(dead);
        AnnouncementPlan? plan = null;
        return (
            () =>
            {
                state.Apply(new ClusterChange.SpeakersChanged(left, all));
                plan = Turn();
            },
            () =>
            {
                int silent = plan!.Services.Values.Count(s => s.Layer2.IsEmpty || s.Layer2[0].Node == dead);
                if (silent > 0) throw new InvalidOperationException($"{silent} Services have no living owner");
                state.Apply(new ClusterChange.SpeakersChanged(all, all));
                Turn();
            });
    }

    private AnnouncementPlan Turn() => state.Turn(DateTimeOffset.UnixEpoch).Plan;
}
