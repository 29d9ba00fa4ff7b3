using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Allocation;

/// <summary>Writes a plan into the statuses, as the controller does in a cluster.</summary>
internal static class PlanEcho
{
    public static void Write(AllocationPlan plan, ClusterSnapshotBuilder builder, Func<ObjectKey, bool>? only = null)
    {
        foreach ((ObjectKey key, ServiceDecision decision) in plan.Services)
            if (only is null || only(key)) Write(decision, builder);
        foreach ((ObjectKey key, ClaimDecision decision) in plan.Claims)
            if ((only is null || only(key)) && builder.FindClaim(key) is { } view) builder.Set(view with
            {
                Held = decision.Addresses.Select(a => a.ToString()).ToValueArray(),
                HeldFrom = decision.Pools,
                Phase = decision.UsedBy.IsEmpty ? view.Phase : ClaimPhase.Kept,
            });
    }

    private static void Write(ServiceDecision decision, ClusterSnapshotBuilder builder)
    {
        if (decision.Decision is AllocationDecision.NotOurs or AllocationDecision.Keep || builder.FindService(decision.Service) is not { } view) return;
        string annotation = ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool);
        IEnumerable<KeyValuePair<string, string>> annotations = view.Annotations.Where(a => a.Key != annotation);
        if (!decision.Addresses.IsEmpty) annotations = annotations.Append(new(annotation, string.Join(",", decision.Pools.AsEnumerable())));
        builder.Set(view with
        {
            Ingress = decision.Addresses.AsEnumerable().Select(a => new IngressView(a.ToString(), null)).ToValueArray(),
            Annotations = LabelSet.From(annotations),
        });
    }
}
