using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>What an IPClaim asks for, put as a Service would put it: so it is judged and served as one.</summary>
/// <param name="View">The Service that it would be, without ports and clusterIPs.</param>
/// <param name="Adopts">The addresses in its status are those of a Service that names it, and not its own yet.</param>
/// <param name="Refusal">Why it is to hold nothing; null where it is to.</param>
internal sealed record ClaimRequest(ServiceView View, FamilyWish Wish, bool Adopts, SearchFailure? Refusal)
{
    /// <param name="users">The Services that name it, the oldest first.</param>
    public static ClaimRequest Of(ClaimView claim, IReadOnlyCollection<ServiceEntry> users, PoolBook pools)
    {
        ServiceView? adopted = FindAdopted(claim, users);
        Dictionary<string, string> annotations = [];
        if (!claim.Addresses.IsEmpty) annotations[ServiceAnnotations.Key(ServiceAnnotations.LoadBalancerIPs)] = string.Join(",", claim.Addresses);
        if (!claim.Pools.IsEmpty) annotations[ServiceAnnotations.Key(ServiceAnnotations.AddressPool)] = string.Join(",", claim.Pools);
        string from = adopted is null ? string.Join(",", claim.HeldFrom) : ServiceAnnotations.Read(adopted.Annotations, ServiceAnnotations.AllocatedFromPool) ?? "";
        if (from.Length > 0) annotations[ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool)] = from;
        ServiceView view = new(claim.Key)
        {
            Uid = claim.Uid,
            Age = claim.Age,
            Labels = claim.Labels,
            Annotations = LabelSet.From(annotations),
            IsLoadBalancer = true,
            Ingress = adopted is null ? claim.Held.Select(h => new IngressView(h, null)).ToValueArray() : adopted.Ingress.Where(i => IpAddress.TryParse(i.Ip, out _)).ToValueArray(),
            ShapeFaults = claim.ShapeFaults,
        };
        SearchFailure? refusal =
            claim.IsBeingDeleted ? new(AllocationReason.BeingDeleted, "the IPClaim is being deleted")
            : claim.Phase == ClaimPhase.Expired && users.Count == 0 ? new(AllocationReason.ClaimExpired, "no Service has named it for longer than its time to live (spec.ttl)")
            : pools.All.IsEmpty ? new(AllocationReason.NoPools, "there is no IPAddressPool")
            : null;
        return new(view, WishOf(claim, view, users, pools), adopted is not null, refusal);
    }

    /// <summary>
    /// The oldest Service that names it and has an address already: what is live is not taken from it, unless the IPClaim names other addresses or holds
    /// some that a Service has been told of before.
    /// </summary>
    private static ServiceView? FindAdopted(ClaimView claim, IReadOnlyCollection<ServiceEntry> users)
    {
        if (!claim.Addresses.IsEmpty || !claim.Held.IsEmpty && claim.Phase != ClaimPhase.Unused) return null;
        foreach (ServiceEntry user in users)
        {
            string[] shown = [.. user.View.Ingress.Select(i => i.Ip).OfType<string>().Where(i => IpAddress.TryParse(i, out _))];
            if (shown.Length == 0) continue;
            return shown.All(s => claim.Held.Contains(s)) ? null : user.View;
        }
        return null;
    }

    /// <summary>Of which families it wants an address. It takes what there is: of two, one without the other is better than none.</summary>
    private static FamilyWish WishOf(ClaimView claim, ServiceView view, IReadOnlyCollection<ServiceEntry> users, PoolBook pools)
    {
        if (!claim.Families.IsEmpty) return Of(claim.Families.Contains(IpFamily.IPv4), claim.Families.Contains(IpFamily.IPv6));
        bool v4 = false, v6 = false;
        foreach (string? text in claim.Addresses.IsEmpty ? view.Ingress.Select(i => i.Ip) : claim.Addresses)
        {
            if (!IpAddress.TryParse(text, out IpAddress address)) continue;
            v4 |= address.Family == IpFamily.IPv4;
            v6 |= address.Family == IpFamily.IPv6;
        }
        if (claim.Addresses.IsEmpty)
            foreach (ServiceEntry user in users)
            {
                v4 |= user.Wish.IPv4;
                v6 |= user.Wish.IPv6;
            }
        if (v4 || v6) return Of(v4, v6);
        foreach (PoolEntry pool in pools.All)
            if (pool.Space(IpFamily.IPv4) is not null) return Of(true, false);
        return Of(false, true);

        static FamilyWish Of(bool v4, bool v6) => new(v4, v6, NeedsAll: false);
    }
}
