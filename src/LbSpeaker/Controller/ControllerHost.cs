using LbSpeaker.Commands;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Observability;

namespace LbSpeaker.Controller;

/// <summary>The controller as a process.</summary>
internal static class ControllerHost
{
    public static async Task RunAsync(DaemonSettings settings, CancellationToken ct)
    {
        using KubernetesMetrics kubernetesMetrics = new();
        using ControllerMetrics metrics = new();
        using KubernetesApi api = KubernetesApi.Connect(settings.Kubeconfig, TimeProvider.System, kubernetesMetrics);
        await DaemonHost.RunAsync(settings, api, logs => new ControllerWork(api, settings, ElectionTimes.Default, kubernetesMetrics, metrics, logs), ct).ConfigureAwait(false);
    }
}
