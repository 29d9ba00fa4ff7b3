using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>What people that watch events are told about a Service's addresses.</summary>
public static class AllocationEvents
{
    /// <summary>What happened to the Service in this plan. Nothing while the decision is Keep without a reason.</summary>
    /// <param name="service">The Service as the plan found it.</param>
    public static ValueArray<EventReport> Of(ServiceDecision decision, ServiceView service)
    {
        if (decision.Decision == AllocationDecision.NotOurs || decision.Reason is AllocationReason.NoLongerOurs or AllocationReason.BeingDeleted) return [];
        List<EventReport> events = [];
        if (decision.ReleaseReason is { } lost) events.Add(Cleared(lost, decision, service));
        if (decision.Addresses.IsEmpty)
        {
            if (decision.Reason is { } none && Failed(none, decision, service) is { } failed) events.Add(failed);
            return events.ToValueArray();
        }
        ValueArray<IpAddress> gained = decision.Addresses.Where(a => !service.Ingress.Any(i => Means(i, a))).ToValueArray();
        if (!gained.IsEmpty) events.Add(new(false, EventReason.IPAllocated, $"Assigned IP {ServiceReport.List(gained)} from {string.Join(", ", decision.Pools.ToArray())}"));
        if (decision.Reason is { } incomplete)
            events.Add(incomplete == AllocationReason.SecondFamilyUnavailable
                ? new(false, EventReason.AdditionalAssignFailed, decision.Message)
                : new(true, EventReason.LoadBalancerFailed, $"{incomplete}: {decision.Message}"));
        if (decision.Decision == AllocationDecision.Assign && service.Annotations.Any(a => a.Key.StartsWith(ServiceAnnotations.DeprecatedPrefix, StringComparison.Ordinal)))
            events.Add(new(true, EventReason.DeprecatedAnnotation, $"annotations under {ServiceAnnotations.DeprecatedPrefix} are deprecated, use {ServiceAnnotations.Prefix}"));
        return events.ToValueArray();
    }

    private static EventReport Cleared(AllocationReason lost, ServiceDecision decision, ServiceView service)
    {
        string gone = string.Join(", ", service.Ingress.Where(i => !decision.Addresses.Any(a => Means(i, a))).Select(i => i.Ip ?? i.Hostname ?? "an empty entry"));
        IEnumerable<IpFamily> families = service.Ingress.Select(i => IpAddress.TryParse(i.Ip, out IpAddress address) ? address.Family : (IpFamily?)null).OfType<IpFamily>();
        return lost == AllocationReason.ForeignStatus && families.GroupBy(f => f).Any(f => f.Count() > 1)
            ? new(true, EventReason.NoLbIPsIPFamily, $"the status names more than one address of a family; given up: {gone}")
            : new(false, EventReason.ClearAssignment, $"Given up {gone}: {lost}");
    }

    private static EventReport? Failed(AllocationReason reason, ServiceDecision decision, ServiceView service) => reason switch
    {
        AllocationReason.NotEnoughClusterIPs => new(true, EventReason.NotEnoughClusterIPs, decision.Message),
        // A Service whose clusterIPs are not there yet will be looked at again in a moment; MetalLB is silent about it too.
        AllocationReason.NoClusterIPs => service.ClusterIPs.IsEmpty ? null : new(true, EventReason.NoClusterIPsIPFamily, decision.Message),
        _ => new(true, EventReason.AllocationFailed, $"Failed to allocate IP: {reason}: {decision.Message}"),
    };

    private static bool Means(IngressView entry, IpAddress address) => IpAddress.TryParse(entry.Ip, out IpAddress named) && named == address;
}
