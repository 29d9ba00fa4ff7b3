using System.Threading.Channels;
using LbSpeaker.Bfd;
using LbSpeaker.Bgp;
using LbSpeaker.Commands;
using LbSpeaker.Core.Net;
using LbSpeaker.Heartbeat;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Speaker;

/// <summary>Who makes the network deliver.</summary>
/// <param name="IsOnLink">Whether an address lies in a subnet of one of the node's interfaces.</param>
internal sealed record Announcers(ILayer2Announcer Layer2, IBgpAnnouncer Bgp, IBfdEngine Bfd, IHeartbeat Heartbeat, Func<IpAddress, bool> IsOnLink);

/// <summary>What a speaker does: one feed, one loop, the announcers, and a Lease that says that it lives.</summary>
internal sealed class SpeakerWork(
    KubernetesApi api, SpeakerSettings speaker, Announcers announcers, KubernetesMetrics kubernetesMetrics, SpeakerMetrics metrics, ILoggerFactory logs) : IDaemonWork
{
    /// <summary>Others take over this long after the last renewal that they saw.</summary>
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(3);

    /// <summary>A Pod's grace period lasts longer, and what nobody has taken over by then nobody will.</summary>
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(3);

    private readonly DaemonSettings settings = speaker.Daemon;
    private readonly string node = speaker.Node;
    private volatile SpeakerLoop? loop;

    public string? NotReady => loop is { } running ? running.NotReady : "not started yet";

    public async Task RunAsync(CancellationToken stopping)
    {
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using CancellationTokenSource rest = new();
        Task<OwnerPod?> owner = OwnerPod.ReadAsync(api, settings.Namespace, settings.PodName, logs.CreateLogger<OwnerPod>(), rest.Token);
        Channel<SpeakerMessage> mailbox = Channel.CreateUnbounded<SpeakerMessage>(new UnboundedChannelOptions { SingleReader = true });
        void OnLayer2(Layer2Report report) => mailbox.Writer.TryWrite(new SpeakerMessage.Layer2(report));
        void OnBgp(BgpReport report) => mailbox.Writer.TryWrite(new SpeakerMessage.Bgp(report));
        void OnBfd(BfdSessionReport report) => mailbox.Writer.TryWrite(new SpeakerMessage.BfdChanged());
        (ILayer2Announcer layer2, IBgpAnnouncer bgp, IBfdEngine bfd, IHeartbeat heartbeat, _) = announcers;
        using MaintenanceClock maintenance = new(node, speaker.MaintenanceWait, api.Time, mailbox.Writer);
        using RouterWatch routers = new(bfd, bgp, announcers.IsOnLink);
        using FellowWatch fellows = new(node, settings.Namespace, heartbeat, api.Time, mailbox.Writer);
        ClusterFeed feed = new(
            api, FeedScope.Speaker(settings.Namespace, [.. settings.ConfigNamespaces], node), new SpeakerMessage.FeedWriter(mailbox.Writer), kubernetesMetrics, logs.CreateLogger<ClusterFeed>());
        void OnHeartbeat(HeartbeatReport report)
        {
            feed.Hear(FellowWatch.Pulses(report));
            mailbox.Writer.TryWrite(new SpeakerMessage.Heartbeats(report));
        }
        layer2.ReportChanged += OnLayer2;
        bgp.ReportChanged += OnBgp;
        bfd.StateChanged += OnBfd;
        heartbeat.ReportChanged += OnHeartbeat;
        LeaseKeeper lease = new(api, settings.Namespace, node, settings.PodName ?? node, LeaseDuration, logs.CreateLogger<LeaseKeeper>());
        SpeakerWriters writers = new(api, settings.Namespace, node, owner, kubernetesMetrics, logs);
        SpeakerLoop made = loop = new(
            new SpeakerState(node, settings.LoadBalancerClass, settings.IgnoreExcludeLabel),
            maintenance, layer2, bgp, routers, fellows, writers, metrics, api.Time);

        Task working = TaskGroup.RunAsync(
            [feed.RunAsync, layer2.RunAsync, token => RunSessionsAsync([bgp.RunAsync, heartbeat.RunAsync], bfd, token), .. writers.All, token => made.RunAsync(mailbox.Reader, token)], rest.Token);
        Task renewing = lease.RunAsync(leaving.Token);
        await Task.WhenAny(working, renewing, Cancelled(leaving.Token)).ConfigureAwait(false);
        // Handing over: the others are told, by heartbeat and by the Lease, and take over while this one still answers; the answers stop with all else.
        mailbox.Writer.TryWrite(new SpeakerMessage.Leave());
        await leaving.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAny(working, made.HandedOver, Task.Delay(HandOverLimit, api.Time, CancellationToken.None)).ConfigureAwait(false);
        await rest.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(working, owner).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        layer2.ReportChanged -= OnLayer2;
        bgp.ReportChanged -= OnBgp;
        bfd.StateChanged -= OnBfd;
        heartbeat.ReportChanged -= OnHeartbeat;
        await working.ConfigureAwait(false);
        await renewing.ConfigureAwait(false);
    }

    private static Task Cancelled(CancellationToken token)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(source.SetResult);
        return source.Task;
    }

    /// <summary>
    /// BFD outlives those who use it. A router that hears first that BFD ends (FRR, BIRD) ends the session itself, with words that make it forget the routes which graceful restart was to keep.
    /// </summary>
    private static async Task RunSessionsAsync(Func<CancellationToken, Task>[] users, IBfdEngine bfd, CancellationToken ct)
    {
        using CancellationTokenSource afterwards = new();
        Task watching = bfd.RunAsync(afterwards.Token);
        try
        {
            await TaskGroup.RunAsync([.. users, watching.WaitAsync], ct).ConfigureAwait(false);
        }
        finally
        {
            await afterwards.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
