using LbSpeaker.Bfd;
using LbSpeaker.Bgp;
using LbSpeaker.Bgp.Peering;
using LbSpeaker.Commands;
using LbSpeaker.Core.Reports;
using LbSpeaker.Heartbeat;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;
using LbSpeaker.Trace;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Speaker;

/// <summary>The speaker as a process.</summary>
internal static class SpeakerHost
{
    public static async Task RunAsync(SpeakerSettings settings, CancellationToken ct)
    {
        using KubernetesMetrics kubernetesMetrics = new();
        using SpeakerMetrics metrics = new(settings.Node);
        TraceBuffer trace = new();
        using Layer2Announcer layer2 = new(ExcludedInterfaces.Read(settings.ExcludeInterfacesFile), TimeProvider.System, new Random(), trace);
        using BfdEngine bfd = new(TimeProvider.System, trace);
        using HeartbeatEngine heartbeat = new(bfd, TimeProvider.System, HeartbeatSettings.Default);
        SocketHost host = new();
        using KubernetesApi api = KubernetesApi.Connect(settings.Daemon.Kubeconfig, TimeProvider.System, kubernetesMetrics);
        BgpAnnouncer? bgp = null;
        try
        {
            await DaemonHost.RunAsync(settings.Daemon, api, logs =>
            {
                bgp = new(new BgpOptions(settings.Node), TimeProvider.System, new Random(), logs.CreateLogger<BgpAnnouncer>(), trace: trace);
                return new SpeakerWork(api, settings, new(layer2, bgp, bfd, heartbeat, router => host.Addresses().Any(a => a.Prefix.Contains(router))), kubernetesMetrics, metrics, logs);
            }, ct, new TracePage(trace, settings.Node)).ConfigureAwait(false);
        }
        finally
        {
            bgp?.Dispose();
        }
    }
}
