using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>What is to be done next about the ServiceL2Status of a Service.</summary>
internal abstract record Layer2StatusStep
{
    /// <summary>It is not to be done again and again without rest.</summary>
    public virtual bool CanWait => false;

    public sealed record Create(Layer2ServiceReport Report) : Layer2StatusStep;
    /// <summary>Of another node.</summary>
    /// <param name="IsBack">It was this node's, which did not leave it: both may believe to be the owner, and are not to write against each other without rest.</param>
    public sealed record TakeOver(Layer2StatusRecord From, Layer2ServiceReport Report, bool IsBack) : Layer2StatusStep
    {
        public override bool CanWait => IsBack;
    }
    public sealed record Update(Layer2StatusRecord Record, Layer2ServiceReport Report) : Layer2StatusStep;
    /// <summary>All is well as far as can be told while the own Pod is not known.</summary>
    public sealed record CheckOwner(Layer2StatusRecord Record) : Layer2StatusStep;
    public sealed record Delete(Layer2StatusRecord Record) : Layer2StatusStep;
}

/// <summary>What this node says of the Services, and what the watch showed last: which writes bring the two together. It performs nothing and has one owner.</summary>
/// <param name="isOwn">Whether an object goes with this speaker's Pod as far as is known.</param>
internal sealed class Layer2StatusBook(string node, Func<Layer2StatusRecord, bool> isOwn)
{
    /// <summary>By the Service that they speak of, then by name: others may have written some under names of their own.</summary>
    private readonly Dictionary<ObjectKey, ValueArray<Layer2StatusRecord>> present = [];
    private readonly Dictionary<ObjectKey, ObjectKey> serviceOf = [];
    private readonly Dictionary<ObjectKey, Layer2ServiceReport> desired = [];
    private readonly HashSet<ObjectKey> leftToOthers = [];

    /// <summary>Services whose object was seen with our name in it since we own them.</summary>
    private readonly HashSet<ObjectKey> claimed = [];
    private readonly Gathered<ObjectKey> touched = new();
    private ImmutableHashSet<ObjectKey> orphans = [];

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: Layer2StatusRecord record }:
                if (serviceOf.TryGetValue(record.Key, out ObjectKey before) && before != record.View.Service) Forget(record.Key, before);
                serviceOf[record.Key] = record.View.Service;
                ValueArray<Layer2StatusRecord> others = present.GetValueOrDefault(record.View.Service);
                present[record.View.Service] = others.Where(r => r.Key != record.Key).Append(record).OrderBy(r => r.Key).ToValueArray();
                if (record.View.Node == node && desired.ContainsKey(record.View.Service)) claimed.Add(record.View.Service);
                touched.Add(record.View.Service);
                break;
            case ClusterChange.Removed { Kind: ClusterKind.ServiceL2Status, Key: var key } when serviceOf.Remove(key, out ObjectKey service):
                Forget(key, service);
                break;
        }
    }

    /// <param name="reports">
    /// Services of which something may have changed, and what this node says about each: null where nobody is to answer for it, so that an object of ours goes;
    /// <see cref="Layer2ServiceReport.LeftToOther"/> where another node is to.
    /// </param>
    /// <param name="orphaned">Objects of nodes that are gone, about Services that nobody takes over: this node clears them away.</param>
    public void SetDesired(IReadOnlyDictionary<ObjectKey, Layer2ServiceReport?> reports, ImmutableHashSet<ObjectKey> orphaned)
    {
        foreach ((ObjectKey service, Layer2ServiceReport? report) in reports)
        {
            bool isLeft = report == Layer2ServiceReport.LeftToOther, wasLeft = leftToOthers.Contains(service);
            if (isLeft) leftToOthers.Add(service); else leftToOthers.Remove(service);
            // What the API keeps no part of would differ for ever.
            Layer2ServiceReport? wish = isLeft || report is null ? null : report with { Since = JsonBody.WholeSecond(report.Since) };
            if (desired.GetValueOrDefault(service) == wish && isLeft == wasLeft) continue;
            if (wish is not null)
                desired[service] = wish;
            else
            {
                desired.Remove(service);
                claimed.Remove(service);
            }
            touched.Add(service);
        }
        if (!ReferenceEquals(orphans, orphaned))
            foreach (ObjectKey key in orphans.SymmetricExcept(orphaned))
                if (serviceOf.TryGetValue(key, out ObjectKey service)) touched.Add(service);
        orphans = orphaned;
    }

    /// <summary>The Services of which something has changed since the last time, and what is to be done: null for nothing.</summary>
    public IReadOnlyList<(ObjectKey Service, Layer2StatusStep? Step)> Take() => [.. touched.Take().Select(s => (s, NextStep(s)))];

    private void Forget(ObjectKey key, ObjectKey service)
    {
        ValueArray<Layer2StatusRecord> left = present.GetValueOrDefault(service).Where(r => r.Key != key).ToValueArray();
        if (left.IsEmpty) present.Remove(service);
        else present[service] = left;
        touched.Add(service);
    }

    private static bool Shows(Layer2StatusView view, Layer2ServiceReport report) =>
        view.IsAnnounced == report.IsAnnounced && view.Interfaces == report.Interfaces && view.NotAnnounced == report.NotAnnounced && view.Addresses == report.Addresses && view.Since == report.Since;

    private Layer2StatusStep? NextStep(ObjectKey service)
    {
        ValueArray<Layer2StatusRecord> records = present.GetValueOrDefault(service);
        if (!desired.TryGetValue(service, out Layer2ServiceReport? report))
            // The next owner takes it over; without it the others would not know whose the addresses are.
            return leftToOthers.Contains(service) ? null : records.FirstOrDefault(r => r.View.Node == node || orphans.Contains(r.Key)) is { } idle ? new Layer2StatusStep.Delete(idle) : null;

        string name = ServiceL2StatusWriter.NameOf(service);
        Layer2StatusRecord? record = records.FirstOrDefault(r => r.Key.Name == name);
        if (record is null) return new Layer2StatusStep.Create(report);
        // What one that announces says stands where this node has yielded, whatever the two know of each other.
        bool isTheirs = record.View.Node != node && record.View.IsAnnounced && report.HasYielded;
        if (!isTheirs)
        {
            if (record.View.Node != node) return new Layer2StatusStep.TakeOver(record, report, IsBack: record.View.IsAnnounced && claimed.Contains(service));
            if (!Shows(record.View, report)) return new Layer2StatusStep.Update(record, report);
            if (!isOwn(record)) return new Layer2StatusStep.CheckOwner(record);
        }
        // What stands under another name speaks of an owner before us.
        return records.FirstOrDefault(r => r.Key.Name != name) is { } stray ? new Layer2StatusStep.Delete(stray) : null;
    }
}
