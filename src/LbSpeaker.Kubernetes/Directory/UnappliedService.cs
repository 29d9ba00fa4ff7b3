using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// A Service in a directory mostly has not been applied yet and so has no clusterIPs, from which its families are told. What an API server would
/// give is stood in for: one unspecified address for each family that spec.ipFamilies and spec.ipFamilyPolicy ask for. Where they say nothing, it is
/// that of the addresses that the Service holds, else IPv4. A headless Service stays without.
/// </summary>
internal static class UnappliedService
{
    public static ServiceView WithClusterIPs(ServiceView view, JsonElement json)
    {
        if (!view.IsLoadBalancer || !view.ClusterIPs.IsEmpty || IsHeadless(json)) return view;
        List<IpFamily> families = [.. (view.Families.IsEmpty ? HeldFamilies(view) : view.Families).Distinct().DefaultIfEmpty(IpFamily.IPv4)];
        if (families.Count == 1 && view.FamilyPolicy is IpFamilyPolicy.PreferDualStack or IpFamilyPolicy.RequireDualStack)
            families.Add(families[0] == IpFamily.IPv4 ? IpFamily.IPv6 : IpFamily.IPv4);
        return view with { ClusterIPs = [.. families.Select(f => f == IpFamily.IPv4 ? "0.0.0.0" : "::")] };
    }

    private static IEnumerable<IpFamily> HeldFamilies(ServiceView view)
    {
        foreach (IngressView entry in view.Ingress.AsEnumerable())
            if (IpAddress.TryParse(entry.Ip, out IpAddress held)) yield return held.Family;
    }

    /// <summary>clusterIP or an entry of clusterIPs is "None"; an empty one asks for an address as a missing one does.</summary>
    private static bool IsHeadless(JsonElement json) =>
        json.TryGetProperty("spec", out JsonElement spec) && spec.ValueKind == JsonValueKind.Object
        && (spec.TryGetProperty("clusterIP", out JsonElement one) && IsNone(one)
            || spec.TryGetProperty("clusterIPs", out JsonElement list) && list.ValueKind == JsonValueKind.Array && list.EnumerateArray().Any(IsNone));

    private static bool IsNone(JsonElement json) => json.ValueKind == JsonValueKind.String && json.ValueEquals("None");
}
