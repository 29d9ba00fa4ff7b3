using System.Collections.Immutable;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Preview;

namespace LbSpeaker.Ui;

/// <summary>A directory of manifests, read again when a file in it is another than before.</summary>
/// <param name="directory">As the user named it.</param>
internal sealed class DirectoryUi(string directory, DirectoryReader reader, string? loadBalancerClass, bool ignoreExcludeLabel) : IUiSource
{
    private string? seen;
    private UiFacts? facts;
    private string trouble = "";

    public string Name => $"directory {directory}";

    public UiLook Look()
    {
        if (Signature() is var now && now == seen) return new(facts, trouble);
        seen = now;
        try
        {
            facts = FactsOf(reader.Read(directory), loadBalancerClass, ignoreExcludeLabel);
            trouble = "";
        }
        catch (Exception failure) when (failure is UnreadableInputException or IOException or UnauthorizedAccessException)
        {
            // Mostly a file that is half written; what stood there last is shown on.
            trouble = failure.Message;
        }
        return new(facts, trouble);
    }

    /// <summary>What the planners make of what was read, and what the nodes in it say came of that.</summary>
    public static UiFacts FactsOf(DirectoryContents contents, string? loadBalancerClass, bool ignoreExcludeLabel)
    {
        ClusterPreview preview = ClusterPreview.Of(contents.Snapshot, loadBalancerClass, ignoreExcludeLabel);
        ILookup<ObjectKey, Layer2StatusView> layer2 = contents.Layer2Statuses.ToLookup(s => s.Service);
        ILookup<ObjectKey, BgpStatusView> bgp = contents.Reports.BgpStatuses.ToLookup(s => s.Service);
        ImmutableDictionary<ObjectKey, UiReport>.Builder reports = ImmutableDictionary.CreateBuilder<ObjectKey, UiReport>();
        foreach (ServiceView service in preview.Snapshot.Services.Values)
        {
            ServiceDecision decision = preview.Allocation.Services[service.Key];
            ServiceAnnouncements announcements = preview.Announcements.Services.GetValueOrDefault(service.Key) ?? ServiceAnnouncements.None;
            if (ServiceReport.Of(decision, service, carriesConditions: false, announcements, layer2[service.Key], bgp[service.Key]) is { } report) reports[service.Key] = UiReport.Of(report, announcements);
        }
        return new(preview.Snapshot, preview.Config, preview.Allocation, preview.Announcements, reports.ToImmutable(),
            contents.Reports.NodeStates.ToImmutableSortedDictionary(s => s.Report.Node, s => s, StringComparer.Ordinal),
            UiHistory.Of(UiHistory.Told(contents.Layer2Statuses, contents.Reports.NodeStates.Select(s => s.Report))))
        {
            IsPlan = contents.Layer2Statuses.IsEmpty && contents.Reports.BgpStatuses.IsEmpty && contents.Reports.NodeStates.IsEmpty,
            Warnings = contents.Warnings,
        };
    }

    /// <summary>Names, lengths and times of all files.</summary>
    private string Signature()
    {
        try
        {
            return string.Join('\n', new DirectoryInfo(directory).EnumerateFiles().OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"{f.Name} {f.Length} {f.LastWriteTimeUtc.Ticks}"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }
}
