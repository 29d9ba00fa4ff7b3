using LbSpeaker.Commands;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Observability;
using LbSpeaker.Ui;

namespace LbSpeaker.Controller;

/// <summary>The controller as a process.</summary>
internal static class ControllerHost
{
    public static async Task RunAsync(DaemonSettings settings, CancellationToken ct)
    {
        using KubernetesMetrics kubernetesMetrics = new();
        using ControllerMetrics metrics = new();
        using KubernetesApi api = KubernetesApi.Connect(settings.Kubeconfig, TimeProvider.System, kubernetesMetrics);
        using UiDaemon? ui = settings.UiAddress is { } at ? UiDaemon.Open(at, settings, TimeProvider.System) : null;
        await DaemonHost.RunAsync(settings, api, logs =>
        {
            ControllerWork work = new(api, settings, ElectionTimes.Default, kubernetesMetrics, metrics, logs, ui?.Source);
            return ui is null ? work : ui.Beside(work);
        }, ct).ConfigureAwait(false);
    }
}
