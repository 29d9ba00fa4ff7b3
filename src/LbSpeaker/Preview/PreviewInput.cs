using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Preview;

/// <summary>A picture of a cluster to plan from: the objects, what they say, and what was strange while reading them.</summary>
/// <param name="Objects">All that was read; a change is laid over these.</param>
/// <param name="Scope">Whose objects count.</param>
public sealed record PreviewInput(Manifests Objects, DirectoryContents Contents, PreviewScope Scope)
{
    public ClusterSnapshot Snapshot => Contents.Snapshot;

    public ValueArray<string> Warnings => Contents.Warnings;

    /// <exception cref="UnreadableInputException">Something in the directory is no Kubernetes object.</exception>
    public static PreviewInput FromDirectory(string directory, string ownNamespace, IReadOnlyList<string> configNamespaces) =>
        Of(Manifests.OfDirectory(directory), new(ownNamespace, [.. configNamespaces]));

    /// <summary>Lists the cluster once.</summary>
    /// <exception cref="StartException">The API server does not answer, or does not give all that a plan needs.</exception>
    public static async Task<PreviewInput> FromClusterAsync(KubernetesApi api, PreviewScope scope, CancellationToken ct)
    {
        if (await api.GetAsync("version", ct).ConfigureAwait(false) is { IsOk: false } refused)
            throw new StartException($"the API server {api.Server} cannot be asked: {refused}; check the kubeconfig (--kubeconfig, KUBECONFIG)");
        (Manifests? objects, string trouble) = await Manifests.OfClusterAsync(api, scope.OwnNamespace, scope.ConfigNamespaces, ct).ConfigureAwait(false);
        return objects is null ? throw new StartException($"the cluster could not be listed: {trouble}") : Of(objects, scope);
    }

    public static PreviewInput Of(Manifests objects, PreviewScope scope) => new(objects, new DirectoryReader(scope.OwnNamespace, scope.ConfigNamespaces).Read(objects), scope);
}

/// <param name="OwnNamespace">The namespace that LbSpeaker runs in.</param>
/// <param name="ConfigNamespaces">Those whose configuration counts, at least one.</param>
public sealed record PreviewScope(string OwnNamespace, ValueArray<string> ConfigNamespaces);
