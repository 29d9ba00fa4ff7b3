using System.CommandLine;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Commands;

/// <summary>Flags that several verbs share: one spelling, one explanation, one default each.</summary>
internal static class CommonOptions
{
    public const string DefaultNamespace = "lbspeaker-system";
    public const string MetalLbNamespace = ClusterSurvey.MetalLbNamespace;

    public static Option<string> Namespace() => new("--namespace")
    {
        Description = "The namespace that LbSpeaker runs in: its Leases, status objects and, among others, its configuration live there. Environment: LBSPEAKER_NAMESPACE.",
        DefaultValueFactory = _ => FromEnvironment("LBSPEAKER_NAMESPACE") ?? DefaultNamespace,
    };

    /// <param name="own">The flag that names the namespace that LbSpeaker runs in.</param>
    public static Option<string[]> ConfigNamespaces(string own = "--namespace") => new("--config-namespace")
    {
        Description = $"A namespace whose IPAddressPools, L2Advertisements and so on are the configuration. Repeatable. Default: {own} and {MetalLbNamespace}.",
        AllowMultipleArgumentsPerToken = false,
    };

    public static Option<string?> Kubeconfig() => new("--kubeconfig")
    {
        Description = "A kubeconfig file. Default: the pod's service account, else KUBECONFIG, else ~/.kube/config.",
    };

    public static Option<string?> LoadBalancerClass() => new("--lb-class")
    {
        Description = "Handle only Services with this spec.loadBalancerClass. Default: only those without a class.",
    };

    public static Option<bool> IgnoreExcludeLabel() => new("--ignore-exclude-lb")
    {
        Description = "Announce from nodes labelled node.kubernetes.io/exclude-from-external-load-balancers too.",
    };

    public static Option<string?> From() => new("--from")
    {
        Description = "A directory of YAML (*.yaml, *.yml, several documents a file) instead of a cluster.",
        HelpName = "DIR",
    };

    /// <summary>Own namespace and MetalLB's, unless others are named.</summary>
    public static IReadOnlyList<string> Effective(string[]? configNamespaces, string ownNamespace) =>
        configNamespaces is { Length: > 0 } ? [.. configNamespaces.Distinct(StringComparer.Ordinal)] : [.. new[] { ownNamespace, MetalLbNamespace }.Distinct(StringComparer.Ordinal)];

    public static string? FromEnvironment(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
