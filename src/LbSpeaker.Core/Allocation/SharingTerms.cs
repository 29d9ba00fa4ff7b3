using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>
/// On which terms a Service shares its address: equal keys, the same pods behind it (or any pods, where traffic is not local),
/// and no port in common.
/// </summary>
/// <param name="Key">The sharing key, not empty.</param>
/// <param name="Backend">The selector where externalTrafficPolicy is Local, else empty.</param>
internal sealed record SharingTerms(string Key, string Backend, ValueArray<ServicePortView> Ports)
{
    /// <summary>Null where the Service shares with nobody.</summary>
    public static SharingTerms? Of(ServiceView service) =>
        ServiceAnnotations.Read(service.Annotations, ServiceAnnotations.AllowSharedIP)?.Trim() is { Length: > 0 } key
            ? new(key, service.LocalTraffic ? service.Selector.ToString() : "", service.Ports)
            : null;

    public static bool Allow(SharingTerms? one, SharingTerms? other) => Conflict(one, other) is null;

    /// <summary>Why two Services may not share, worded about <paramref name="holder"/>; null where they may.</summary>
    public static string? Conflict(SharingTerms? holder, SharingTerms? newcomer)
    {
        if (holder is null) return "which has no sharing key";
        if (newcomer is null || holder.Key != newcomer.Key) return "which has another sharing key";
        if (holder.Backend != newcomer.Backend) return "which sends to other pods (externalTrafficPolicy Local needs equal selectors)";
        foreach (ServicePortView port in holder.Ports)
            if (newcomer.Ports.Contains(port)) return $"which has {port.Protocol} {port.Port} too";
        return null;
    }
}
