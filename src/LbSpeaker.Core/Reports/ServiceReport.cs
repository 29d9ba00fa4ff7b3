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

    /// <summary>The annotation <see cref="ServiceAnnotations.MoveTo"/> has done its work, or never can: it is taken away.</summary>
    public bool EndsMove { get; init; }

    /// <summary>The node that its addresses are to move to, where the controller itself asks for that (<see cref="ServiceAnnotations.MoveTo"/>); null where it does not.</summary>
    public string? BeginsMove { get; init; }

    /// <param name="service">The Service as it stands.</param>
    /// <param name="carriesConditions">Conditions of ours stand on it.</param>
    /// <param name="layer2">What nodes say about it by Layer 2.</param>
    /// <param name="bgp">What nodes say about it by BGP.</param>
    /// <returns>Null for a Service that is none of ours and carries nothing of ours.</returns>
    public static ServiceReport? Of(
        ServiceDecision decision, ServiceView service, bool carriesConditions, ServiceAnnouncements announcements, IEnumerable<Layer2StatusView> layer2, IEnumerable<BgpStatusView> bgp)
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
            [Allocated(decision), AnnouncedReport.Of(decision.Addresses, announcements, layer2, bgp)]);
    }

    /// <summary>The condition lbspeaker.io/Announced; null where there is none to be.</summary>
    public ConditionReport? Announced => Conditions.FirstOrDefault(c => c.Type == ConditionTypes.Announced);

    /// <inheritdoc cref="AnnouncedReport.Outlook"/>
    public string? OutlookOf(ServiceAnnouncements announcements, Heir? heir) => Announced is { } announced ? AnnouncedReport.Outlook(announced, announcements, heir) : "";

    /// <summary>With more behind the message of that condition.</summary>
    public ServiceReport With(string outlook) =>
        outlook.Length == 0 ? this : this with { Conditions = Conditions.Select(c => c.Type == ConditionTypes.Announced ? c with { Message = c.Message + outlook } : c).ToValueArray() };

    private static ConditionReport Allocated(ServiceDecision decision)
    {
        bool has = !decision.Addresses.IsEmpty;
        string reason = decision.Reason?.ToString() ?? ConditionReasons.Allocated;
        string message = decision.Message.Length > 0 ? decision.Message : $"{List(decision.Addresses)} from {string.Join(", ", decision.Pools.ToArray())}";
        return new(ConditionTypes.Allocated, has ? ConditionStatus.True : ConditionStatus.False, reason, message);
    }

    internal static string List(ValueArray<IpAddress> addresses) => string.Join(", ", addresses.Select(a => a.ToString()));
}
