using System.Collections.Immutable;
using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>What a feed watches, and where.</summary>
/// <param name="OwnNamespace">Where the speakers' Leases and what LbSpeaker writes about itself live.</param>
/// <param name="ConfigNamespaces">Where configuration counts; one that does not exist is an empty one.</param>
public sealed record FeedScope(ValueArray<ClusterKind> Kinds, string OwnNamespace, ValueArray<string> ConfigNamespaces)
{
    private static readonly ClusterKind[] Facts =
        [ClusterKind.Service, ClusterKind.EndpointSlice, ClusterKind.Node, ClusterKind.Namespace, .. Enum.GetValues<ClusterKind>().Where(k => k.IsConfig())];

    private static readonly ClusterKind[] OfBoth = 
        [.. Facts, ClusterKind.ServiceL2Status, ClusterKind.ServiceBGPStatus, ClusterKind.ConfigurationState, ClusterKind.NodeState, ClusterKind.SpeakerLease];

    /// <summary>Of the statuses that each node writes for itself and nobody takes over, only this node's are watched; null for all nodes'.</summary>
    public string? Node { get; init; }

    /// <summary>A controller needs no passwords. It alone gives addresses, and so sees who is to keep which.</summary>
    public static FeedScope Controller(string ownNamespace, ValueArray<string> configNamespaces) => new([.. OfBoth, ClusterKind.IPClaim], ownNamespace, configNamespaces);

    /// <summary>A speaker sees statuses and states too: it mends those that are its own.</summary>
    public static FeedScope Speaker(string ownNamespace, ValueArray<string> configNamespaces, string node) =>
        new([.. OfBoth, ClusterKind.Secret], ownNamespace, configNamespaces) { Node = node };

    /// <summary>For one look by a person: all but the passwords, and the Pods that LbSpeaker runs in.</summary>
    public static FeedScope Looking(string ownNamespace, ValueArray<string> configNamespaces) => new([.. OfBoth, ClusterKind.IPClaim, ClusterKind.Pod], ownNamespace, configNamespaces);

    /// <summary>What a plan is made from, and what nodes say came of it: enough to judge the cluster, and nothing secret.</summary>
    public static FeedScope Observer(string ownNamespace, ValueArray<string> configNamespaces) =>
        new([.. Facts, ClusterKind.ServiceL2Status, ClusterKind.ServiceBGPStatus, ClusterKind.NodeState, ClusterKind.SpeakerLease, ClusterKind.IPClaim], ownNamespace, configNamespaces);

    internal IEnumerable<WatchTarget> Targets()
    {
        foreach (ClusterKind kind in Kinds.Order())
            switch (kind)
            {
                case ClusterKind.Secret or >= ClusterKind.IPAddressPool and <= ClusterKind.Community:
                    foreach (string ns in ConfigNamespaces.Distinct(StringComparer.Ordinal)) yield return WatchTarget.Of(kind, ns);
                    break;
                default:
                    WatchTarget target = WatchTarget.Of(kind, OwnNamespace);
                    yield return Node is null ? target : target.OfNode(Node);
                    break;
            }
    }
}

/// <summary>
/// The cluster as a stream of changes into one mailbox: one reflector for each kind and namespace, all running until cancelled.
/// <see cref="ClusterChange.Ready"/> comes once, after everything has been listed.
/// </summary>
public sealed class ClusterFeed(KubernetesApi api, FeedScope scope, ChannelWriter<ClusterChange> mailbox, KubernetesMetrics metrics, ILogger<ClusterFeed> log)
{
    private readonly Channel<ClusterChange> leases = Channel.CreateUnbounded<ClusterChange>(new() { SingleReader = true });
    private int unsynced;

    /// <summary>What is heard of the other speakers, whatever the API server says. Returns at once; where it makes a difference <see cref="ClusterChange.SpeakersChanged"/> comes.</summary>
    public void Hear(ImmutableSortedDictionary<string, SpeakerPulse> pulses) => leases.Writer.TryWrite(new ClusterChange.PulsesHeard(pulses));

    public async Task RunAsync(CancellationToken cancellation)
    {
        WatchTarget[] targets = [.. scope.Targets()];
        unsynced = targets.Length;
        List<Func<CancellationToken, Task>> loops = [WatchSpeakersAsync];
        foreach (WatchTarget target in targets)
        {
            bool isLease = target.Kind == ClusterKind.SpeakerLease;
            ChannelWriter<ClusterChange> to = isLease ? leases.Writer : mailbox;
            // The Leases' own "listed" passes through their mailbox, so that the live speakers are told before it counts.
            Action synced = isLease ? () => leases.Writer.TryWrite(new ClusterChange.Ready()) : CountSynced;
            loops.Add(new Reflector(api, target, to, synced, metrics, log).RunAsync);
        }
        await Together.RunAsync(loops, cancellation).ConfigureAwait(false);
    }

    private async Task WatchSpeakersAsync(CancellationToken cancellation)
    {
        SpeakerLiveness liveness = new(api.Time, scope.Node);
        ClusterChange.SpeakersChanged? told = null;
        bool listed = false;
        while (await leases.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            bool justListed = false;
            while (leases.Reader.TryRead(out ClusterChange? change))
                switch (change)
                {
                    case ClusterChange.Upserted { Record: SpeakerLeaseRecord lease }: liveness.Observe(lease); break;
                    case ClusterChange.Removed removed: liveness.Remove(removed.Key.Name); break;
                    case ClusterChange.PulsesHeard heard: liveness.Hear(heard.Pulses); break;
                    case ClusterChange.Ready: justListed = true; break;
                }
            listed |= justListed;
            ClusterChange.SpeakersChanged found = new(liveness.Live(), liveness.Known) { Left = liveness.Left(), IsCutOff = liveness.IsCutOff };
            if (listed && (justListed || !found.SaysTheSame(told)))
            {
                told = found;
                log.LiveSpeakers(found.Live is null ? "unknown, no speaker has a Lease" : string.Join(", ", found.Live));
                mailbox.TryWrite(found);
            }
            if (justListed) CountSynced();
        }
    }

    private void CountSynced()
    {
        if (Interlocked.Decrement(ref unsynced) != 0) return;
        log.Synced();
        mailbox.TryWrite(new ClusterChange.Ready());
    }
}
