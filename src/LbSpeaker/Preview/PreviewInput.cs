using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Preview;

/// <summary>A snapshot to plan from, and what was strange while reading it.</summary>
public sealed record PreviewInput(ClusterSnapshot Snapshot, IReadOnlyList<string> Warnings)
{
    /// <exception cref="UnreadableInputException">Something in the directory is no Kubernetes object.</exception>
    public static PreviewInput FromDirectory(string directory, string ownNamespace, IReadOnlyList<string> configNamespaces)
    {
        DirectoryContents contents = new DirectoryReader(ownNamespace, [.. configNamespaces]).Read(directory);
        return new(contents.Snapshot, [.. contents.Warnings]);
    }

    /// <summary>Lists the cluster once.</summary>
    /// <exception cref="KubeconfigException">There is no usable way to a cluster.</exception>
    /// <exception cref="StartException">The API server does not answer.</exception>
    public static async Task<PreviewInput> FromClusterAsync(string? kubeconfig, string ownNamespace, IReadOnlyList<string> configNamespaces, CancellationToken ct)
    {
        using KubernetesMetrics metrics = new();
        using KubernetesApi api = KubernetesApi.Connect(kubeconfig, TimeProvider.System, metrics);
        if (await api.GetAsync("version", ct).ConfigureAwait(false) is { IsOk: false } refused) throw new StartException($"the API server cannot be asked: {refused}; check --kubeconfig");
        Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>();
        ClusterFeed feed = new(api, FeedScope.Controller(ownNamespace, [.. configNamespaces]), mailbox.Writer, metrics, NullLogger<ClusterFeed>.Instance);
        ClusterSnapshotBuilder builder = new();
        await TaskGroup.RunAsync([feed.RunAsync, token => FillAsync(mailbox.Reader, builder, token)], ct).ConfigureAwait(false);
        return new(builder.Publish(), []);
    }

    private static async Task FillAsync(ChannelReader<ClusterChange> changes, ClusterSnapshotBuilder builder, CancellationToken ct)
    {
        await foreach (ClusterChange change in changes.ReadAllAsync(ct).ConfigureAwait(false))
        {
            if (change is ClusterChange.Ready) return;
            builder.Apply(change);
        }
    }
}
