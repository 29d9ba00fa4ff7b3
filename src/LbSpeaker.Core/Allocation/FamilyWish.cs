using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Core.Allocation;

/// <summary>Of which families a Service gets addresses: they follow its clusterIPs, and its policy says whether it needs them all.</summary>
/// <param name="NeedsAll">RequireDualStack: both or none.</param>
/// <param name="Fault">Why no family is known; null where one is.</param>
internal readonly record struct FamilyWish(bool IPv4, bool IPv6, bool NeedsAll, AllocationReason? Fault = null, string Message = "")
{
    /// <summary>For a Service that cannot be read: whatever it holds is of a family that it may hold.</summary>
    public static FamilyWish Any { get; } = new(true, true, false);

    public bool Wants(IpFamily family) => family == IpFamily.IPv4 ? IPv4 : IPv6;

    public static FamilyWish Of(ServiceView service)
    {
        if (service.ClusterIPs.IsEmpty) return Unknown(AllocationReason.NoClusterIPs, "the Service has no clusterIPs, so its address family is unknown");
        bool v4 = false, v6 = false;
        IpFamily? primary = null;
        foreach (string text in service.ClusterIPs)
        {
            if (!IpAddress.TryParse(text, out IpAddress address))
                return Unknown(AllocationReason.NoClusterIPs, $"clusterIPs: \"{text}\" is not an address");
            primary ??= address.Family;
            ref bool seen = ref v4;
            if (address.Family == IpFamily.IPv6) seen = ref v6;
            if (seen) return Unknown(AllocationReason.NoClusterIPs, $"clusterIPs: more than one {address.Family} address");
            seen = true;
        }

        bool dual = v4 && v6;
        switch (service.FamilyPolicy)
        {
            case IpFamilyPolicy.RequireDualStack:
                return dual ? new(true, true, true) : Unknown(AllocationReason.NotEnoughClusterIPs, "ipFamilyPolicy is RequireDualStack, but the Service has clusterIPs of one family only");
            case IpFamilyPolicy.SingleStack when dual:
                return new(primary == IpFamily.IPv4, primary == IpFamily.IPv6, false);
            default:
                return new(v4, v6, false);
        }
    }

    private static FamilyWish Unknown(AllocationReason reason, string message) => new(false, false, false, reason, message);
}
