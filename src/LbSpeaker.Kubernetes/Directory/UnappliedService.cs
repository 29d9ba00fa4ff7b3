using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// A Service in a directory mostly has not been applied yet and so has no clusterIPs, from which its families are told. What an API server would
/// give is stood in for: one unspecified address for each family that spec.ipFamilies and spec.ipFamilyPolicy ask for, IPv4 where they say nothing.
/// A headless Service stays without.
/// </summary>
internal static class UnappliedService
{
    public static ServiceView WithClusterIPs(ServiceView view, JsonElement json)
    {
        if (!view.IsLoadBalancer || !view.ClusterIPs.IsEmpty || HasClusterIPs(json)) return view;
        List<IpFamily> families = view.Families.IsEmpty ? [IpFamily.IPv4] : [.. view.Families.Distinct()];
        if (families.Count == 1 && view.FamilyPolicy is IpFamilyPolicy.PreferDualStack or IpFamilyPolicy.RequireDualStack)
            families.Add(families[0] == IpFamily.IPv4 ? IpFamily.IPv6 : IpFamily.IPv4);
        return view with { ClusterIPs = [.. families.Select(f => f == IpFamily.IPv4 ? "0.0.0.0" : "::")] };
    }

    private static bool HasClusterIPs(JsonElement json) =>
        json.TryGetProperty("spec", out JsonElement spec) && spec.ValueKind == JsonValueKind.Object
        && (spec.TryGetProperty("clusterIP", out _) || spec.TryGetProperty("clusterIPs", out _));
}
