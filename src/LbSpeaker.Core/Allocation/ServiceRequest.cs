using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>Why what a Service asks for cannot be looked for. It costs nothing that the Service holds.</summary>
/// <param name="Problem">Null where nobody wrote anything wrong.</param>
internal sealed record RequestFault(AllocationReason Reason, ProblemReason? Problem, string Message);

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

    /// <summary>What a Service that names an IPClaim asks for: the addresses of that, as far as they are of its families.</summary>
    public static ServiceRequest Of(NamedClaim claim, ServiceView service, FamilyWish wish)
    {
        ClaimGrant grant = claim.Told;
        foreach (string suffix in (ReadOnlySpan<string>)[ServiceAnnotations.LoadBalancerIPs, ServiceAnnotations.AddressPool])
            if (ReadAnnotation(service, suffix) is { } asked) return Twice($"the annotation {suffix} ({asked})");
        if (service.LoadBalancerIP is { } ip) return Twice($"spec.loadBalancerIP ({ip})");
        if (!grant.Exists) return Faulty(AllocationReason.UnknownClaim, ProblemReason.UnknownClaim, $"there is no IPClaim {claim.Key.Name} in the namespace {claim.Key.Namespace}");
        if (grant.Addresses.IsEmpty)
            return new([], [], new(AllocationReason.ClaimPending, null, $"the IPClaim {claim.Key.Name} holds no address{(grant.Reason is { } reason ? $": {reason}: {grant.Message}" : "")}"));
        ValueArray<IpAddress> wanted = grant.Addresses.Where(a => wish.Wants(a.Family)).ToValueArray();
        return wanted.IsEmpty && wish.Fault is null
            ? new([], [], new(AllocationReason.FamilyMismatch, null, $"the IPClaim {claim.Key.Name} holds {string.Join(", ", grant.Addresses.AsEnumerable())}, and the Service has no clusterIP of that family"))
            : new(wanted, [], null);

        ServiceRequest Twice(string other) => Faulty(
            AllocationReason.TwoRequestSources, ProblemReason.TwoRequestSources, $"addresses are requested twice: by the IPClaim {claim.Key.Name} and by {other}; use one");
    }

    private static string? ReadAnnotation(ServiceView service, string suffix) =>
        ServiceAnnotations.Read(service.Annotations, suffix) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    private static string[] Split(string? list) => list?.Split(',', StringSplitOptions.TrimEntries) ?? [];

    private static ServiceRequest Invalid(string message) => Faulty(AllocationReason.InvalidRequest, ProblemReason.InvalidRequest, message);

    private static ServiceRequest Faulty(AllocationReason reason, ProblemReason problem, string message) => new([], [], new(reason, problem, message));
}
