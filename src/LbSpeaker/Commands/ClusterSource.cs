using System.CommandLine;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary>Where a verb for people finds the cluster, and whose objects in it count: the flags that all of them share, spelled as kubectl spells them.</summary>
internal sealed class ClusterSource
{
    private readonly Option<string> systemNamespace = new("--system-namespace")
    {
        Description = "The namespace that LbSpeaker runs in: its Leases, status objects and, among others, its configuration live there. Environment: LBSPEAKER_NAMESPACE.",
        DefaultValueFactory = _ => CommonOptions.FromEnvironment("LBSPEAKER_NAMESPACE") ?? CommonOptions.DefaultNamespace,
    };

    private readonly Option<string?> ofNamespace = new("--namespace", "-n")
    {
        Description = "The namespace of a Service that is named without one. Default: that of the kubeconfig's context.",
    };

    private readonly Option<string?> from = CommonOptions.From();
    private readonly Option<string[]> configNamespaces = CommonOptions.ConfigNamespaces("--system-namespace");
    private readonly Option<string?> kubeconfig = CommonOptions.Kubeconfig();
    private readonly Option<string?> context = new("--context") { Description = "The context of the kubeconfig. Default: its current one." };
    private readonly Option<string?> loadBalancerClass = CommonOptions.LoadBalancerClass();
    private readonly Option<bool> ignoreExcludeLabel = CommonOptions.IgnoreExcludeLabel();

    /// <param name="fromDirectory">A directory serves in the cluster's place.</param>
    public void AddTo(Command command, bool fromDirectory)
    {
        if (fromDirectory) command.Add(from);
        foreach (Option option in (Option[])[ofNamespace, systemNamespace, configNamespaces, kubeconfig, context, loadBalancerClass, ignoreExcludeLabel]) command.Add(option);
    }

    public PreviewScope Scope(ParseResult parsed)
    {
        string own = parsed.GetValue(systemNamespace)!;
        return new(own, [.. CommonOptions.Effective(parsed.GetValue(configNamespaces), own)]);
    }

    public bool IsDirectory(ParseResult parsed) => parsed.GetValue(from) is not null;

    /// <summary>Where what is named without a namespace is looked for.</summary>
    public string NamespaceOf(ParseResult parsed)
    {
        if (parsed.GetValue(ofNamespace) is { Length: > 0 } named) return named;
        if (IsDirectory(parsed)) return "default";
        using KubernetesMetrics metrics = new();
        using KubernetesApi api = Connect(parsed, metrics);
        return api.Namespace;
    }

    /// <exception cref="KubeconfigException">There is no usable way to a cluster.</exception>
    public KubernetesApi Connect(ParseResult parsed, KubernetesMetrics metrics) =>
        KubernetesApi.Connect(parsed.GetValue(kubeconfig), TimeProvider.System, metrics, parsed.GetValue(context));

    /// <exception cref="KubeconfigException">There is no usable way to a cluster.</exception>
    /// <exception cref="StartException">The API server does not give what is needed.</exception>
    /// <exception cref="Kubernetes.Directory.UnreadableInputException">The directory is not made of Kubernetes objects.</exception>
    public async Task<PreviewInput> ReadAsync(ParseResult parsed, CancellationToken ct)
    {
        PreviewScope scope = Scope(parsed);
        if (parsed.GetValue(from) is { } directory) return PreviewInput.FromDirectory(directory, scope.OwnNamespace, scope.ConfigNamespaces);
        using KubernetesMetrics metrics = new();
        using KubernetesApi api = Connect(parsed, metrics);
        return await PreviewInput.FromClusterAsync(api, scope, ct).ConfigureAwait(false);
    }

    public ClusterPreview Preview(ParseResult parsed, ClusterSnapshot snapshot) => ClusterPreview.Of(snapshot, parsed.GetValue(loadBalancerClass), parsed.GetValue(ignoreExcludeLabel));
}
