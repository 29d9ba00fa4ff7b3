using System.Collections.Immutable;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Ui;

/// <summary>All that a <see cref="UiView"/> is made from: what was seen, what was planned from it, and what is said of both. Immutable.</summary>
/// <param name="Reports">What each Service of ours says in its conditions, or would say.</param>
/// <param name="NodeStates">What speakers say of their nodes, by node.</param>
/// <param name="Moments">The newest first.</param>
internal sealed record UiFacts(
    ClusterSnapshot Snapshot,
    CompiledConfig Config,
    AllocationPlan Allocation,
    AnnouncementPlan Announcements,
    ImmutableDictionary<ObjectKey, ServiceReport> Reports,
    ImmutableSortedDictionary<string, NodeStateRecord> NodeStates,
    ValueArray<UiMoment> Moments)
{
    /// <summary>Nobody has written what came of it: manifests alone. Then nothing is overdue.</summary>
    public bool IsPlan { get; init; }

    /// <summary>What was strange while reading, in words.</summary>
    public ValueArray<string> Warnings { get; init; }
}

/// <summary>What a source has to show now.</summary>
/// <param name="Facts">The same object for as long as nothing changed; null where there is nothing to show.</param>
/// <param name="Trouble">Why there is nothing, or why it may be old, in words; empty where all is well.</param>
internal sealed record UiLook(UiFacts? Facts, string Trouble);

/// <summary>Where facts come from.</summary>
internal interface IUiSource
{
    /// <summary>One line that says what is looked at.</summary>
    string Name { get; }

    /// <summary>Asked while somebody looks, by one at a time and once in a second at most.</summary>
    UiLook Look();
}
