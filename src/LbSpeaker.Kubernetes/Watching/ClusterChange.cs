using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>What a <see cref="ClusterFeed"/> says: a closed set.</summary>
public abstract record ClusterChange
{
    private ClusterChange() { }

    /// <summary>The object is there, in this state.</summary>
    public sealed record Upserted(ClusterRecord Record) : ClusterChange;

    /// <summary>The object is gone, or no longer of interest.</summary>
    public sealed record Removed(ClusterKind Kind, ObjectKey Key) : ClusterChange;

    /// <summary>The nodes whose speaker lives; null where no speaker has a Lease.</summary>
    public sealed record SpeakersChanged(ImmutableSortedSet<string>? Live) : ClusterChange;

    /// <summary>
    /// Every kind has been listed once and all of it stands before this change. Comes once; nothing may be decided earlier, since half a
    /// cluster looks like a cluster that lost its other half.
    /// </summary>
    public sealed record Ready : ClusterChange;
}
