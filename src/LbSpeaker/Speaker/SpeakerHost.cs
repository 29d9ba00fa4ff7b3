using System.Threading.Channels;
using LbSpeaker.Commands;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Speaker;

/// <summary>The speaker as a process: one feed, one loop, the announcer, and a Lease that says that it lives.</summary>
internal static class SpeakerHost
{
    /// <summary>Others take over this long after the last renewal that they saw.</summary>
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(SpeakerSettings settings, CancellationToken ct)
    {
        DaemonSettings daemon = settings.Daemon;
        using KubernetesMetrics kubernetesMetrics = new();
        using SpeakerMetrics metrics = new(settings.Node);
        using Layer2Announcer announcer = new(ExcludedInterfaces.Read(settings.ExcludeInterfacesFile), TimeProvider.System, new Random());
        using KubernetesApi api = KubernetesApi.Connect(daemon.Kubeconfig, TimeProvider.System, kubernetesMetrics);
        string identity = daemon.PodName ?? settings.Node;
        bool ready = false;
        await DaemonHost.RunAsync(daemon, () => Volatile.Read(ref ready), async (logs, stopping) =>
        {
            Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>(new UnboundedChannelOptions { SingleReader = true });
            ClusterFeed feed = new(api, FeedScope.Speaker(daemon.Namespace, [.. daemon.ConfigNamespaces]), mailbox.Writer, kubernetesMetrics, logs.CreateLogger<ClusterFeed>());
            LeaseKeeper lease = new(api, daemon.Namespace, settings.Node, identity, LeaseDuration, logs.CreateLogger<LeaseKeeper>());
            SpeakerLoop loop = new(
                new SpeakerState(settings.Node, daemon.LoadBalancerClass, daemon.IgnoreExcludeLabel),
                announcer,
                new ServiceL2StatusWriter(api, daemon.Namespace, settings.Node, owner: null, logs.CreateLogger<ServiceL2StatusWriter>()),
                new ConfigurationStateWriter(api, daemon.Namespace, settings.Node, owner: null, logs.CreateLogger<ConfigurationStateWriter>()),
                new EventWriter(api, "metallb-speaker", settings.Node, kubernetesMetrics, logs.CreateLogger<EventWriter>()),
                metrics,
                settings.Node);

            // Handing over: the Lease goes first, so that another takes over while this one still answers; the answers stop when all else has.
            using CancellationTokenSource rest = new();
            Task working = TaskGroup.RunAsync(
                [feed.RunAsync, announcer.RunAsync, .. loop.Writers, token => loop.RunAsync(mailbox.Reader, () => Volatile.Write(ref ready, true), token)], rest.Token);
            Task renewing = lease.RunAsync(stopping);
            await Task.WhenAny(working, renewing).ConfigureAwait(false);
            if (!working.IsCompleted) await renewing.ConfigureAwait(false);
            announcer.SetDesired(Layer2Plan.Empty);
            await rest.CancelAsync().ConfigureAwait(false);
            await working.ConfigureAwait(false);
        }, ct).ConfigureAwait(false);
    }
}
