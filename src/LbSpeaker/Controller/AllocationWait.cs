using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Observability;

namespace LbSpeaker.Controller;

/// <summary>
/// How long Services wait for their first address, as their owners see it: from when one was first seen without until the API server shows it with one, what is
/// written and watched in between included.
/// </summary>
internal sealed class AllocationWait(string? loadBalancerClass, TimeProvider time, ControllerMetrics metrics)
{
    private readonly Dictionary<ObjectKey, long> since = [];

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: ServiceRecord { View: var service } } when !service.IsLoadBalancer || (service.LoadBalancerClass ?? "") != (loadBalancerClass ?? ""):
                since.Remove(service.Key);
                break;
            case ClusterChange.Upserted { Record: ServiceRecord { View: var service } } when service.Ingress.IsEmpty:
                since.TryAdd(service.Key, time.GetTimestamp());
                break;
            case ClusterChange.Upserted { Record: ServiceRecord { View: var service } } when since.Remove(service.Key, out long began):
                metrics.Allocated(time.GetElapsedTime(began));
                break;
            case ClusterChange.Removed { Kind: ClusterKind.Service, Key: var key }:
                since.Remove(key);
                break;
        }
    }
}
