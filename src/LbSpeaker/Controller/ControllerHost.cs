using System.Threading.Channels;
using LbSpeaker.Commands;
using LbSpeaker.Core.Reports;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Observability;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Controller;

/// <summary>
/// The controller as a process: candidate for the lead, and while leading one feed, one loop and its writers. Each lead starts from a fresh list,
/// so that nothing of an earlier one is left.
/// </summary>
internal static class ControllerHost
{
    public static async Task RunAsync(DaemonSettings settings, CancellationToken ct)
    {
        using KubernetesMetrics kubernetesMetrics = new();
        using ControllerMetrics metrics = new();
        using KubernetesApi api = KubernetesApi.Connect(settings.Kubeconfig, TimeProvider.System, kubernetesMetrics);
        string identity = settings.PodName ?? $"{Environment.MachineName}-{Environment.ProcessId}";
        await DaemonHost.RunAsync(settings, () => true, (logs, stopping) =>
        {
            LeaderElection election = new(api, settings.Namespace, identity, ElectionTimes.Default, logs.CreateLogger<LeaderElection>());
            return election.RunAsync(leading => LeadAsync(settings, api, identity, kubernetesMetrics, metrics, logs, leading), stopping);
        }, ct).ConfigureAwait(false);
    }

    private static Task LeadAsync(DaemonSettings settings, KubernetesApi api, string identity, KubernetesMetrics kubernetesMetrics, ControllerMetrics metrics, ILoggerFactory logs, CancellationToken leading)
    {
        Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>(new UnboundedChannelOptions { SingleReader = true });
        ClusterFeed feed = new(api, FeedScope.Controller(settings.Namespace, [.. settings.ConfigNamespaces]), mailbox.Writer, kubernetesMetrics, logs.CreateLogger<ClusterFeed>());
        ControllerLoop loop = new(
            new ControllerState(settings.LoadBalancerClass, settings.IgnoreExcludeLabel),
            new ServiceStatusWriter(api, logs.CreateLogger<ServiceStatusWriter>()),
            new ConfigStatusWriter(api, logs.CreateLogger<ConfigStatusWriter>()),
            new ConfigurationStateWriter(api, settings.Namespace, node: null, owner: null, logs.CreateLogger<ConfigurationStateWriter>()),
            new EventWriter(api, "metallb-controller", identity, kubernetesMetrics, logs.CreateLogger<EventWriter>()),
            metrics);
        return TaskGroup.RunAsync([feed.RunAsync, .. loop.Writers, token => loop.RunAsync(mailbox.Reader, token)], leading);
    }
}
