using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>What the controller writes to a Service: its addresses, where they came from, and the two conditions.</summary>
/// <param name="Pools">The value of the annotation ip-allocated-from-pool; null removes it.</param>
/// <param name="Conditions">Those of ours that are to stand; others of ours are removed.</param>
public sealed record ServiceReport(ObjectKey Service, ValueArray<IpAddress> Addresses, string? Pools, ValueArray<ConditionReport> Conditions)
{
    /// <summary>Of a Service that is another's only our conditions are ours to write; its addresses and annotations are not.</summary>
    public bool IsOfAnother { get; init; }

    /// <param name="service">The Service as it stands.</param>
    /// <param name="carriesConditions">Conditions of ours stand on it.</param>
    /// <param name="observed">What nodes say about it.</param>
    /// <returns>Null for a Service that is none of ours and carries nothing of ours.</returns>
    public static ServiceReport? Of(ServiceDecision decision, ServiceView service, bool carriesConditions, ServiceAnnouncements announcements, IEnumerable<Layer2StatusView> observed)
    {
        ServiceReport nothing = new(decision.Service, [], null, []);
        if (decision.Reason is AllocationReason.NoLongerOurs) return nothing;
        if (decision.Decision == AllocationDecision.NotOurs)
        {
            // The API server itself takes the addresses from a Service that changes its type; our annotation stays behind.
            if (!service.IsLoadBalancer && service.Ingress.IsEmpty && service.Annotations.ContainsKey(ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool))) return nothing;
            return carriesConditions ? nothing with { IsOfAnother = true } : null;
        }
        return new(
            decision.Service,
            decision.Addresses,
            decision.Pools.IsEmpty ? null : string.Join(",", decision.Pools.ToArray()),
            [Allocated(decision), Announced(decision, announcements, observed)]);
    }

    private static ConditionReport Allocated(ServiceDecision decision)
    {
        bool has = !decision.Addresses.IsEmpty;
        string reason = decision.Reason?.ToString() ?? ConditionReasons.Allocated;
        string message = decision.Message.Length > 0 ? decision.Message : $"{List(decision.Addresses)} from {string.Join(", ", decision.Pools.ToArray())}";
        return new(ConditionTypes.Allocated, has ? ConditionStatus.True : ConditionStatus.False, reason, message);
    }

    private static ConditionReport Announced(ServiceDecision decision, ServiceAnnouncements announcements, IEnumerable<Layer2StatusView> observed)
    {
        if (decision.Addresses.IsEmpty)
            return new(ConditionTypes.Announced, ConditionStatus.False, ConditionReasons.NotAllocated, "there is no address to announce");
        string? owner = announcements.Layer2.IsEmpty ? null : announcements.Layer2[0].Node;
        if (owner is not null) return AnnouncedBy(owner, observed.FirstOrDefault(s => s.Node == owner));
        string why = string.Join("; ", announcements.Refusals.Select(r => r.Node is null ? Words(r.Reason) : $"{r.Node}: {r.Reason}"));
        RefusalReason first = announcements.Refusals.IsEmpty ? RefusalReason.NoMatchingAdvertisement : announcements.Refusals[0].Reason;
        return new(ConditionTypes.Announced, ConditionStatus.False, first.ToString(), $"no node announces: {why}");
    }

    private static ConditionReport AnnouncedBy(string owner, Layer2StatusView? said)
    {
        if (said is null)
            return new(ConditionTypes.Announced, ConditionStatus.Unknown, ConditionReasons.AwaitingSpeaker, $"node {owner} is to announce by layer2 and has not said so yet");
        if (said.NotAnnounced.IsEmpty)
            return new(ConditionTypes.Announced, ConditionStatus.True, ConditionReasons.Announced, $"layer2 from node {owner}");
        string reason = Enum.TryParse(said.NotAnnounced[0].Reason, out NotAnnouncedReason known) ? known.ToString() : ConditionReasons.NotAnnounced;
        return new(ConditionTypes.Announced, ConditionStatus.False, reason,
            $"node {owner} is to announce and does not: {string.Join("; ", said.NotAnnounced.Select(n => $"{n.Address}: {n.Message}"))}");
    }

    internal static string List(ValueArray<IpAddress> addresses) => string.Join(", ", addresses.Select(a => a.ToString()));

    private static string Words(RefusalReason reason) => reason switch
    {
        RefusalReason.NoMatchingAdvertisement => "no L2Advertisement selects the pool, the Service and a node",
        RefusalReason.NoEndpoints => "no endpoint of the Service can serve",
        RefusalReason.AddressNotInPool => "no pool covers the address",
        _ => reason.ToString(),
    };
}
