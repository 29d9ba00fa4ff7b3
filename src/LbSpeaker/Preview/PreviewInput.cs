using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Preview;

/// <summary>A snapshot to plan from, and what was strange while reading it.</summary>
public sealed record PreviewInput(ClusterSnapshot Snapshot, IReadOnlyList<string> Warnings)
{
    /// <summary>A kind may be missing or forbidden, and then the list never becomes whole; after a first complaint there is time for one more try.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), PatienceInTrouble = TimeSpan.FromSeconds(2);

    /// <exception cref="UnreadableInputException">Something in the directory is no Kubernetes object.</exception>
    public static PreviewInput FromDirectory(string directory, string ownNamespace, IReadOnlyList<string> configNamespaces)
    {
        DirectoryContents contents = new DirectoryReader(ownNamespace, [.. configNamespaces]).Read(directory);
        return new(contents.Snapshot, [.. contents.Warnings]);
    }

    /// <summary>Lists the cluster once.</summary>
    /// <exception cref="KubeconfigException">There is no usable way to a cluster.</exception>
    /// <exception cref="StartException">The API server does not answer, or does not give everything in time.</exception>
    public static async Task<PreviewInput> FromClusterAsync(string? kubeconfig, string ownNamespace, IReadOnlyList<string> configNamespaces, CancellationToken ct)
    {
        using KubernetesMetrics metrics = new();
        using KubernetesApi api = KubernetesApi.Connect(kubeconfig, TimeProvider.System, metrics);
        if (await api.GetAsync("version", ct).ConfigureAwait(false) is { IsOk: false } refused)
            throw new StartException($"the API server {api.Server} cannot be asked: {refused}; check the kubeconfig (--kubeconfig, KUBECONFIG)");
        Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>();
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        LastWarning log = new(() => patience.CancelAfter(PatienceInTrouble));
        ClusterFeed feed = new(api, FeedScope.Preview(ownNamespace, [.. configNamespaces]), mailbox.Writer, metrics, log);
        ClusterSnapshotBuilder builder = new();
        bool isWhole = false;
        await TaskGroup.RunAsync([feed.RunAsync, async token => isWhole = await FillAsync(mailbox.Reader, builder, token).ConfigureAwait(false)], patience.Token).ConfigureAwait(false);
        ct.ThrowIfCancellationRequested();
        return isWhole ? new(builder.Publish(), []) : throw new StartException($"the cluster could not be listed: {log.Text}");
    }

    private static async Task<bool> FillAsync(ChannelReader<ClusterChange> changes, ClusterSnapshotBuilder builder, CancellationToken ct)
    {
        await foreach (ClusterChange change in changes.ReadAllAsync(ct).ConfigureAwait(false))
        {
            if (change is ClusterChange.Ready) return true;
            builder.Apply(change);
        }
        return false;
    }

    /// <summary>Keeps what the feed complained of last, for the one line that a failed command has.</summary>
    private sealed class LastWarning(Action onWarning) : ILogger<ClusterFeed>
    {
        public string Text { get; private set; } = "it does not answer in time";

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            Text = formatter(state, exception);
            onWarning();
        }
    }
}
