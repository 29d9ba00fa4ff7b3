using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Speaker;

/// <summary>All that a speaker tells the API server, but for its Lease.</summary>
internal sealed class SpeakerWriters(KubernetesApi api, string ownNamespace, string node, Task<OwnerPod?> owner, KubernetesMetrics metrics, ILoggerFactory logs)
{
    private readonly ServiceL2StatusWriter layer2 = new(api, ownNamespace, node, owner, logs.CreateLogger<ServiceL2StatusWriter>());
    private readonly ServiceBgpStatusWriter bgp = new(api, ownNamespace, node, owner, logs.CreateLogger<ServiceBgpStatusWriter>());
    private readonly NodeStateWriter state = new(api, ownNamespace, node, owner, logs.CreateLogger<NodeStateWriter>());
    private readonly ConfigurationStateWriter configuration = new(api, ownNamespace, node, owner, logs.CreateLogger<ConfigurationStateWriter>());
    private readonly EventWriter events = new(api, "metallb-speaker", node, metrics, logs.CreateLogger<EventWriter>());

    public IEnumerable<Func<CancellationToken, Task>> All => [layer2.RunAsync, bgp.RunAsync, state.RunAsync, configuration.RunAsync, events.RunAsync];

    public void Observe(ClusterChange change)
    {
        layer2.Observe(change);
        bgp.Observe(change);
        state.Observe(change);
        configuration.Observe(change);
    }

    /// <summary>Hands over what has to be written; waits for nothing.</summary>
    public void Write(SpeakerTurn turn)
    {
        if (turn.Reports is { } reports)
        {
            layer2.SetDesired(reports, turn.Orphaned);
            layer2.Flush();
        }
        bgp.SetDesired(turn.BgpReports, isComplete: turn.Plan.Changed is null);
        bgp.Flush();
        state.SetDesired(turn.Node);
        state.Flush();
        configuration.SetDesired(turn.Configuration);
        configuration.Flush();
        foreach ((EventSubject subject, Core.Reports.EventReport told) in turn.Events) events.Write(subject, told);
    }
}
