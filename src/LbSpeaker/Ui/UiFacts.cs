using System.Collections.Immutable;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Ui;

/// <summary>What a Service of ours says in its conditions, or would say.</summary>
/// <param name="Silence">Where nobody announces it: the first node's reason, which the condition gives too. Null else.</param>
internal sealed record UiReport(ServiceReport Report, Refusal? Silence)
{
    /// <summary>Asks the plan why nodes are silent, which is its owner's to do: a planner that goes on must not be asked by another thread.</summary>
    public static UiReport Of(ServiceReport report, ServiceAnnouncements announcements)
    {
        if (!announcements.IsSilent || report.Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Announced) is not { } announced) return new(report, null);
        return new(report, announcements.Refusals.AsEnumerable().FirstOrDefault(r => r.Reason.ToString() == announced.Reason));
    }
}

/// <summary>All that a <see cref="UiView"/> is made from: what was seen, what was planned from it, and what is said of both. Immutable.</summary>
/// <param name="Announcements">Who announces; of its reasons only what <see cref="UiReport"/> holds may be asked for.</param>
/// <param name="NodeStates">What speakers say of their nodes, by node.</param>
/// <param name="Moments">The newest first.</param>
internal sealed record UiFacts(
    ClusterSnapshot Snapshot,
    CompiledConfig Config,
    AllocationPlan Allocation,
    AnnouncementPlan Announcements,
    ImmutableDictionary<ObjectKey, UiReport> Reports,
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
