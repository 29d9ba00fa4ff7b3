using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>A fault in what a Service asks for. It costs nothing that the Service holds.</summary>
internal sealed record RequestFault(AllocationReason Reason, ProblemReason Problem, string Message);

/// <summary>What a Service asks for by spec.loadBalancerIP and annotations.</summary>
/// <param name="Addresses">At most one of each family, in the order asked for; empty: any.</param>
/// <param name="Pools">Names of at most two pools; empty: any.</param>
internal sealed record ServiceRequest(ValueArray<IpAddress> Addresses, ValueArray<string> Pools, RequestFault? Fault)
{
    private static readonly ServiceRequest Nothing = new([], [], null);

    public static ServiceRequest Read(ServiceView service, PoolBook pools)
    {
        string? addresses = ReadAnnotation(service, ServiceAnnotations.LoadBalancerIPs);
        string? poolNames = ReadAnnotation(service, ServiceAnnotations.AddressPool);
        if (addresses is null && poolNames is null && service.LoadBalancerIP is null) return Nothing;

        if (addresses is not null && service.LoadBalancerIP is not null)
            return Faulty(AllocationReason.TwoRequestSources, ProblemReason.TwoRequestSources,
                $"addresses are requested twice: spec.loadBalancerIP ({service.LoadBalancerIP}) and the annotation {ServiceAnnotations.LoadBalancerIPs} ({addresses}); use one");
        List<IpAddress> wanted = [];
        foreach (string text in Split(addresses ?? service.LoadBalancerIP))
        {
            if (!IpAddress.TryParse(text, out IpAddress address)) return Invalid($"the requested address \"{text}\" cannot be read");
            if (wanted.Contains(address)) continue;
            if (wanted.Exists(a => a.Family == address.Family)) return Invalid($"two {address.Family} addresses are requested: at most one of each family");
            wanted.Add(address);
        }
        string[] names = [.. Split(poolNames).Distinct(StringComparer.Ordinal)];
        if (names.Length > 2) return Invalid($"the annotation {ServiceAnnotations.AddressPool} names {names.Length} pools: at most two");
        foreach (string name in names)
            if (pools.Find(name) is null)
                return Faulty(AllocationReason.UnknownPool, ProblemReason.UnknownPool, $"the requested pool {name} does not exist; there {PoolAnswers.Names(pools.All)}");
        foreach (IpAddress address in wanted)
            if (pools.FindReady(address) is null && pools.FindFrozen(address) is null)
                return Faulty(AllocationReason.AddressNotInPool, ProblemReason.AddressNotInPool, $"the requested address {address} is in no pool: {PoolAnswers.Ranges(pools.All)}");
        return new(wanted.ToValueArray(), names.ToValueArray(), null);
    }

    private static string? ReadAnnotation(ServiceView service, string suffix) =>
        ServiceAnnotations.Read(service.Annotations, suffix) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    private static string[] Split(string? list) => list?.Split(',', StringSplitOptions.TrimEntries) ?? [];

    private static ServiceRequest Invalid(string message) => Faulty(AllocationReason.InvalidRequest, ProblemReason.InvalidRequest, message);

    private static ServiceRequest Faulty(AllocationReason reason, ProblemReason problem, string message) => new([], [], new(reason, problem, message));
}
