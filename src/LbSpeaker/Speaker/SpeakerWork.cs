using System.Threading.Channels;
using LbSpeaker.Commands;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Speaker;

/// <summary>What a speaker does: one feed, one loop, the announcer, and a Lease that says that it lives.</summary>
internal sealed class SpeakerWork(
    KubernetesApi api, DaemonSettings settings, string node, ILayer2Announcer announcer, KubernetesMetrics kubernetesMetrics, SpeakerMetrics metrics, ILoggerFactory logs) : IDaemonWork
{
    /// <summary>Others take over this long after the last renewal that they saw.</summary>
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(3);

    private volatile SpeakerLoop? loop;

    public string? NotReady => loop is { } running ? running.NotReady : "not started yet";

    public async Task RunAsync(CancellationToken stopping)
    {
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using CancellationTokenSource rest = new();
        Task<OwnerPod?> owner = OwnerPod.ReadAsync(api, settings.Namespace, settings.PodName, logs.CreateLogger<OwnerPod>(), rest.Token);
        Channel<SpeakerMessage> mailbox = Channel.CreateUnbounded<SpeakerMessage>(new UnboundedChannelOptions { SingleReader = true });
        void OnReport(Layer2Report report) => mailbox.Writer.TryWrite(new SpeakerMessage.Layer2(report));
        announcer.ReportChanged += OnReport;
        ClusterFeed feed = new(
            api, FeedScope.Speaker(settings.Namespace, [.. settings.ConfigNamespaces]), new SpeakerMessage.FeedWriter(mailbox.Writer), kubernetesMetrics, logs.CreateLogger<ClusterFeed>());
        LeaseKeeper lease = new(api, settings.Namespace, node, settings.PodName ?? node, LeaseDuration, logs.CreateLogger<LeaseKeeper>());
        SpeakerLoop made = loop = new(
            new SpeakerState(node, settings.LoadBalancerClass, settings.IgnoreExcludeLabel),
            announcer,
            new ServiceL2StatusWriter(api, settings.Namespace, node, owner, logs.CreateLogger<ServiceL2StatusWriter>()),
            new ConfigurationStateWriter(api, settings.Namespace, node, owner, logs.CreateLogger<ConfigurationStateWriter>()),
            new EventWriter(api, "metallb-speaker", node, kubernetesMetrics, logs.CreateLogger<EventWriter>()),
            metrics);

        // Handing over: the Lease goes first, so that another takes over while this one still answers; the answers stop with all else.
        Task working = TaskGroup.RunAsync([feed.RunAsync, announcer.RunAsync, .. made.Writers, token => made.RunAsync(mailbox.Reader, token)], rest.Token);
        Task renewing = lease.RunAsync(leaving.Token);
        await Task.WhenAny(working, renewing).ConfigureAwait(false);
        await leaving.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await rest.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(working, owner).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        announcer.ReportChanged -= OnReport;
        await working.ConfigureAwait(false);
        await renewing.ConfigureAwait(false);
    }
}
