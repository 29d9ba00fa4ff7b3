using LbSpeaker.Core.Config;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>metallb.io/v1beta1 IPAddressPool.</summary>
internal static class PoolTranslation
{
    public static IPAddressPoolDeclaration ReadSpec(DeclarationMeta meta, ShapeReader spec, TranslationContext context)
    {
        spec.RefuseUnknown("addresses", "autoAssign", "avoidBuggyIPs", "exclude", "serviceAllocation");
        return new(meta)
        {
            Addresses = spec.Texts("addresses"),
            AutoAssign = spec.Flag("autoAssign") ?? true,
            AvoidBuggyIPs = spec.Flag("avoidBuggyIPs") ?? false,
            Exclude = spec.Texts("exclude"),
            ServiceAllocation = ServiceAllocation(spec.Object("serviceAllocation"), context),
        };
    }

    private static ServiceAllocationDeclaration? ServiceAllocation(ShapeReader allocation, TranslationContext context)
    {
        if (!allocation.Exists) return null;
        allocation.RefuseUnknown("priority", "namespaces", "namespaceSelectors", "serviceSelectors");
        return new(allocation.Int32("priority") ?? 0)
        {
            Namespaces = allocation.Texts("namespaces"),
            NamespaceSelectors = allocation.Selectors("namespaceSelectors", context),
            ServiceSelectors = allocation.Selectors("serviceSelectors", context),
        };
    }

    public static PoolCounters? Counters(ShapeReader status) =>
        status.Int64("assignedIPv4") is { } assigned4 && status.Int64("assignedIPv6") is { } assigned6
        && status.Int64("availableIPv4") is { } available4 && status.Int64("availableIPv6") is { } available6
            ? new(assigned4, assigned6, available4, available6)
            : null;
}
