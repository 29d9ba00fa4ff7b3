using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>Whether a Service is ours, and whether one that is not has something of ours left to clean up.</summary>
internal static class Ownership
{
    public static (ServiceStanding Standing, AllocationReason? Reason, string Message) Judge(ServiceView service, AllocationOptions options, PoolBook pools)
    {
        bool isHolding = !service.Ingress.IsEmpty;
        string? from = ServiceAnnotations.Read(service.Annotations, ServiceAnnotations.AllocatedFromPool);

        if (!service.IsLoadBalancer)
        {
            if (!isHolding) return NotOurs;
            // Whether the type says otherwise cannot be known of an object that cannot be read.
            if (!service.ShapeFaults.IsEmpty) return from is null ? NotOurs : (ServiceStanding.KeepsOnly, AllocationReason.Malformed, "");
            return from is not null || HasAddressOf(service, pools)
                ? (ServiceStanding.Dropped, AllocationReason.NoLongerOurs, "the Service is no longer of type LoadBalancer")
                : NotOurs;
        }
        if (!string.Equals(Blank(service.LoadBalancerClass), Blank(options.LoadBalancerClass), StringComparison.Ordinal))
        {
            // Another load balancer of this API may serve that class and write the same annotation; only what names a pool of ours is ours. A class
            // can be gained, never lost: one without a class, where we want one, is the default load balancer's, which may well read our pools.
            return isHolding && Blank(service.LoadBalancerClass) is { } gained && from is not null && NamesPool(from, pools)
                ? (ServiceStanding.Dropped, AllocationReason.NoLongerOurs, $"the Service is now of the class {gained}, which is not ours")
                : NotOurs;
        }
        if (service.IsBeingDeleted) return (ServiceStanding.Dropped, AllocationReason.BeingDeleted, "the Service is being deleted");
        if (pools.All.IsEmpty) return (ServiceStanding.Dropped, AllocationReason.NoPools, "there is no IPAddressPool");
        return (ServiceStanding.Served, null, "");
    }

    private static (ServiceStanding, AllocationReason?, string) NotOurs => (ServiceStanding.NotOurs, null, "");

    private static string? Blank(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static bool NamesPool(string annotation, PoolBook pools) =>
        annotation.Split(',', StringSplitOptions.TrimEntries).Any(name => pools.Find(name) is not null);

    private static bool HasAddressOf(ServiceView service, PoolBook pools)
    {
        foreach (IngressView entry in service.Ingress)
            if (entry.Ip is { } text && IpAddress.TryParse(text, out IpAddress address) && (pools.FindReady(address) ?? pools.FindFrozen(address)) is not null) return true;
        return false;
    }
}
