using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Writing;

namespace LbSpeaker.Controller;

/// <summary>
/// What the controller has decided for a Service and the watch does not show yet. Until it does, the record is stale, and a plan made from it could
/// give one address to two Services; so the planner is shown the record with the decision laid over it.
/// </summary>
internal sealed class AssumedWrites
{
    private static readonly string PoolKey = ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool);

    private readonly Dictionary<ObjectKey, ServiceReport> reports = [];

    public bool Contains(ObjectKey service) => reports.ContainsKey(service);

    /// <summary>The writer has been told; where the record shows it already there is nothing to assume.</summary>
    public void Assume(ServiceReport report, ServiceRecord record)
    {
        if (ServiceStatusPatch.Shows(record, report)) reports.Remove(report.Service); else reports[report.Service] = report;
    }

    /// <summary>The watch shows this state; an assumption that it fulfils is over.</summary>
    /// <returns>Whether one was.</returns>
    public bool Seen(ServiceRecord record) =>
        reports.TryGetValue(record.Key, out ServiceReport? report) && ServiceStatusPatch.Shows(record, report) && reports.Remove(record.Key);

    public void Forget(ObjectKey service) => reports.Remove(service);

    /// <summary>The view that a planner is shown.</summary>
    public ServiceView Overlay(ServiceRecord record)
    {
        if (!reports.TryGetValue(record.Key, out ServiceReport? report)) return record.View;
        IEnumerable<KeyValuePair<string, string>> annotations = record.View.Annotations.Where(a => a.Key != PoolKey);
        if (report.Pools is { } pools) annotations = annotations.Append(new(PoolKey, pools));
        return record.View with
        {
            Annotations = LabelSet.From(annotations),
            Ingress = report.Addresses.Select(a => new IngressView(a.ToString(), null)).ToValueArray(),
        };
    }
}
