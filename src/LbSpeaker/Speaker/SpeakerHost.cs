using LbSpeaker.Commands;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;

namespace LbSpeaker.Speaker;

/// <summary>The speaker as a process.</summary>
internal static class SpeakerHost
{
    public static async Task RunAsync(SpeakerSettings settings, CancellationToken ct)
    {
        using KubernetesMetrics kubernetesMetrics = new();
        using SpeakerMetrics metrics = new(settings.Node);
        using Layer2Announcer announcer = new(ExcludedInterfaces.Read(settings.ExcludeInterfacesFile), TimeProvider.System, new Random());
        using KubernetesApi api = KubernetesApi.Connect(settings.Daemon.Kubeconfig, TimeProvider.System, kubernetesMetrics);
        await DaemonHost.RunAsync(settings.Daemon, logs => new SpeakerWork(api, settings.Daemon, settings.Node, announcer, kubernetesMetrics, metrics, logs), ct).ConfigureAwait(false);
    }
}
