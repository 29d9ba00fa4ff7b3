using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>What the controller writes to a Service: its addresses, where they came from, and the two conditions.</summary>
/// <param name="Pools">The value of the annotation ip-allocated-from-pool; null removes it.</param>
/// <param name="Conditions">Empty removes ours.</param>
public sealed record ServiceReport(ObjectKey Service, ValueArray<IpAddress> Addresses, string? Pools, ValueArray<ConditionReport> Conditions)
{
    /// <summary>Null for a Service that is none of ours and carries nothing of ours.</summary>
    public static ServiceReport? Of(ServiceDecision decision, ServiceAnnouncements announcements, Layer2StatusView? observed)
    {
        if (decision.Decision == AllocationDecision.NotOurs) return null;
        if (decision.Reason is AllocationReason.NoLongerOurs) return new(decision.Service, [], null, []);
        return new(
            decision.Service,
            decision.Addresses,
            decision.Pools.IsEmpty ? null : string.Join(",", decision.Pools.ToArray()),
            [Allocated(decision), Announced(decision, announcements, observed)]);
    }

    /// <summary>What happened to the Service in this plan, for people that watch events. Nothing while the decision is Keep without a reason.</summary>
    public static ValueArray<EventReport> EventsOf(ServiceDecision decision, ServiceView service)
    {
        if (decision.Decision == AllocationDecision.NotOurs || decision.Reason is AllocationReason.NoLongerOurs or AllocationReason.BeingDeleted) return [];
        List<EventReport> events = [];
        if (decision.ReleaseReason is { } lost)
            events.Add(new(false, EventReason.ClearAssignment, $"{Words(lost)}: the address is given up"));
        switch (decision.Decision)
        {
            case AllocationDecision.Assign:
                events.Add(new(false, EventReason.IPAllocated, $"Assigned IP {List(decision.Addresses)} from {string.Join(", ", decision.Pools.ToArray())}"));
                break;
            case AllocationDecision.Refuse or AllocationDecision.Release when decision.Reason is AllocationReason.NotEnoughClusterIPs:
                events.Add(new(true, EventReason.NotEnoughClusterIPs, decision.Message));
                break;
            // A Service whose clusterIPs are not there yet will be looked at again in a moment; MetalLB is silent about it too.
            case AllocationDecision.Refuse or AllocationDecision.Release when decision.Reason is { } reason and not AllocationReason.NoClusterIPs:
                events.Add(new(true, EventReason.AllocationFailed, $"Failed to allocate IP: {Words(reason)}: {decision.Message}"));
                break;
        }
        if (!decision.Addresses.IsEmpty && decision.Reason is { } incomplete)
            events.Add(incomplete == AllocationReason.SecondFamilyUnavailable
                ? new(false, EventReason.AdditionalAssignFailed, decision.Message)
                : new(true, EventReason.LoadBalancerFailed, $"{Words(incomplete)}: {decision.Message}"));
        if (decision.Decision == AllocationDecision.Assign && service.Annotations.Any(a => a.Key.StartsWith(ServiceAnnotations.DeprecatedPrefix, StringComparison.Ordinal)))
            events.Add(new(true, EventReason.DeprecatedAnnotation, $"annotations under {ServiceAnnotations.DeprecatedPrefix} are deprecated, use {ServiceAnnotations.Prefix}"));
        return events.ToValueArray();
    }

    private static ConditionReport Allocated(ServiceDecision decision)
    {
        bool has = !decision.Addresses.IsEmpty;
        string reason = decision.Reason?.ToString() ?? "Allocated";
        string message = decision.Message.Length > 0 ? decision.Message : $"{List(decision.Addresses)} from {string.Join(", ", decision.Pools.ToArray())}";
        return new(ConditionTypes.Allocated, has ? ConditionStatus.True : ConditionStatus.False, reason, message);
    }

    private static ConditionReport Announced(ServiceDecision decision, ServiceAnnouncements announcements, Layer2StatusView? observed)
    {
        if (decision.Addresses.IsEmpty)
            return new(ConditionTypes.Announced, ConditionStatus.False, "NotAllocated", "there is no address to announce");
        string? owner = announcements.Layer2.IsEmpty ? null : announcements.Layer2[0].Node;
        if (owner is not null && observed?.Node == owner)
            return new(ConditionTypes.Announced, ConditionStatus.True, "Announced", $"layer2 from node {owner}");
        if (owner is not null)
            return new(ConditionTypes.Announced, ConditionStatus.Unknown, "AwaitingSpeaker", $"node {owner} is to announce by layer2 and has not said so yet");
        string why = string.Join("; ", announcements.Refusals.Select(r => r.Node is null ? Words(r.Reason) : $"{r.Node}: {r.Reason}"));
        RefusalReason first = announcements.Refusals.IsEmpty ? RefusalReason.NoMatchingAdvertisement : announcements.Refusals[0].Reason;
        return new(ConditionTypes.Announced, ConditionStatus.False, first.ToString(), $"no node announces: {why}");
    }

    private static string List(ValueArray<IpAddress> addresses) => string.Join(", ", addresses.Select(a => a.ToString()));

    private static string Words(AllocationReason reason) => reason.ToString();

    private static string Words(RefusalReason reason) => reason switch
    {
        RefusalReason.NoMatchingAdvertisement => "no L2Advertisement selects the pool, the Service and a node",
        RefusalReason.NoEndpoints => "no endpoint of the Service can serve",
        RefusalReason.AddressNotInPool => "no pool covers the address",
        _ => reason.ToString(),
    };
}
