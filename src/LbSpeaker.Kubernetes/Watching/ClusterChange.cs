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

    /// <param name="Live">The nodes whose speaker lives; null where no speaker has a Lease.</param>
    /// <param name="Known">Those that have a speaker, living or not.</param>
    public sealed record SpeakersChanged(ImmutableSortedSet<string>? Live, ImmutableSortedSet<string> Known) : ClusterChange
    {
        /// <summary>Of those that do not live the ones that went by intent.</summary>
        public ImmutableSortedSet<string> Left { get; init; } = [];

        /// <inheritdoc cref="ClusterSnapshot.IsCutOff"/>
        public bool IsCutOff { get; init; }

        internal bool SaysTheSame(SpeakersChanged? other) =>
            other is not null && IsCutOff == other.IsCutOff && Known.SetEquals(other.Known) && (Live is null ? other.Live is null : other.Live is not null && Live.SetEquals(other.Live));
    }

    /// <summary>What is heard of the speakers, on its way to where they are judged; a feed's reader never sees it.</summary>
    internal sealed record PulsesHeard(ImmutableSortedDictionary<string, SpeakerPulse> Pulses) : ClusterChange;

    /// <summary>
    /// Every kind has been listed once and all of it stands before this change. Comes once; nothing may be decided earlier, since half a
    /// cluster looks like a cluster that lost its other half.
    /// </summary>
    public sealed record Ready : ClusterChange;
}
