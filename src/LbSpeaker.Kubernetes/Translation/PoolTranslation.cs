using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>metallb.io/v1beta1 IPAddressPool.</summary>
internal static class PoolTranslation
{
    public static IPAddressPoolDeclaration ReadSpec(DeclarationMeta meta, ShapeReader spec, TranslationContext context)
    {
        spec.RefuseUnknown("addresses", "autoAssign", "avoidBuggyIPs", "exclude", "serviceAllocation", "quota");
        return new(meta)
        {
            Addresses = spec.Texts("addresses"),
            AutoAssign = spec.Flag("autoAssign") ?? true,
            AvoidBuggyIPs = spec.Flag("avoidBuggyIPs") ?? false,
            Exclude = spec.Texts("exclude"),
            ServiceAllocation = ServiceAllocation(spec.Object("serviceAllocation"), context),
            Quota = Quota(spec.Object("quota"), context),
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

    private static QuotaDeclaration? Quota(ShapeReader quota, TranslationContext context)
    {
        if (!quota.Exists) return null;
        quota.RefuseUnknown("perNamespace", "namespaces");
        return new(quota.Int32("perNamespace"), quota.Objects("namespaces").Select(n => NamespaceQuota(n, context)).ToValueArray());
    }

    private static NamespaceQuotaDeclaration NamespaceQuota(ShapeReader quota, TranslationContext context)
    {
        quota.RefuseUnknown("name", "max");
        quota.Require("name", "max");
        return new(context.Strings.Intern(quota.Text("name") ?? ""), quota.Int32("max"));
    }

    public static ValueArray<ClaimedAddress> Claims(ShapeReader status) => status.Objects("claims")
        .SelectMany(c => IpAddress.TryParse(c.Text("address"), out IpAddress address) ? [new ClaimedAddress(address, new(c.Text("namespace") ?? "", c.Text("name") ?? ""))] : Array.Empty<ClaimedAddress>())
        .ToValueArray();

    public static PoolHoldersRecord Holders(ShapeReader status) => new(status.Text("state"), status.Int64("heldTotal"), status.Objects("held")
        .SelectMany(h => IpAddress.TryParse(h.Text("address"), out IpAddress address) ? [new HeldAddress(address, Key(h.Text("claim")), Key(h.Text("service")), ServicesOf(h))] : Array.Empty<HeldAddress>())
        .ToValueArray());

    /// <summary>How many share the address is said only where it is more than one.</summary>
    private static int ServicesOf(ShapeReader held) => held.Int32("services") ?? (held.Text("service") is null ? 0 : 1);

    private static ObjectKey? Key(string? text) => text?.Split('/') is [var space, var name] ? new(space, name) : null;

    public static PoolCounters? Counters(ShapeReader status) =>
        status.Int64("assignedIPv4") is { } assigned4 && status.Int64("assignedIPv6") is { } assigned6
        && status.Int64("availableIPv4") is { } available4 && status.Int64("availableIPv6") is { } available6
            ? new(assigned4, assigned6, available4, available6)
            : null;
}
