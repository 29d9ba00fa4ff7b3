using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Cluster;

/// <summary>
/// The annotations on a Service that LbSpeaker reads or writes. Each is read under <see cref="Prefix"/> and, where
/// that key does not exist at all, under <see cref="DeprecatedPrefix"/>; only the former is ever written.
/// </summary>
public static class ServiceAnnotations
{
    public const string Prefix = "metallb.io/";
    public const string DeprecatedPrefix = "metallb.universe.tf/";

    /// <summary>The pool to allocate from; two, comma-separated, for one family each.</summary>
    public const string AddressPool = "address-pool";

    /// <summary>One or two requested addresses, comma-separated.</summary>
    public const string LoadBalancerIPs = "loadBalancerIPs";

    /// <summary>The sharing key: Services with equal keys may hold one address together.</summary>
    public const string AllowSharedIP = "allow-shared-ip";

    /// <summary>
    /// Written by the controller: the pool (two: comma-separated) that the present addresses came from. MetalLB before 0.14.9 wrote it under the
    /// deprecated prefix.
    /// </summary>
    public const string AllocatedFromPool = "ip-allocated-from-pool";

    /// <summary>The full key: the node that is to take the Service's addresses over at Layer 2. Removed by the controller once that is done, or cannot be.</summary>
    public const string MoveTo = "lbspeaker.io/move-to";

    /// <summary>The full key: the name of the IPClaim in the Service's namespace whose addresses it is to have.</summary>
    public const string Claim = "lbspeaker.io/claim";

    /// <summary>The full key that is written, such as <c>metallb.io/ip-allocated-from-pool</c>.</summary>
    public static string Key(string suffix) => Prefix + suffix;

    public static string? Read(LabelSet annotations, string suffix) =>
        annotations.Count == 0 ? null : annotations[Prefix + suffix] ?? annotations[DeprecatedPrefix + suffix];

    /// <summary>Whether a translator keeps this annotation in the view.</summary>
    public static bool IsOurs(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) || key.StartsWith(DeprecatedPrefix, StringComparison.Ordinal) || key is MoveTo or Claim;
}
