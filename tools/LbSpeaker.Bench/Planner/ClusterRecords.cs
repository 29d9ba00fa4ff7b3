using System.Threading.Channels;
using LbSpeaker.Controller;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Bench.Planner;

/// <summary>The synthetic cluster as the watch shows it.</summary>
internal static class ClusterRecords
{
    /// <summary>Everything but Services and EndpointSlices.</summary>
    public static IEnumerable<ClusterRecord> Surroundings(IEnumerable<NodeView>? nodes = null) =>
    [
        .. (nodes ?? SyntheticCluster.Nodes()).Select(n => new NodeRecord(n, "")),
        .. SyntheticCluster.Namespaces.Select(n => new NamespaceRecord(n)),
        Config(ClusterKind.IPAddressPool, SyntheticCluster.PoolDeclaration),
        Config(ClusterKind.L2Advertisement, SyntheticCluster.Advertisement),
    ];

    public static ServiceRecord Waiting(int service) => new(SyntheticCluster.Service(service), "1", [], []);

    public static ServiceRecord Holding(int service, bool isRenewed = false)
    {
        ServiceView view = SyntheticCluster.Service(service);
        return new(SyntheticCluster.Holding(isRenewed ? SyntheticCluster.Renewed(view) : view, [SyntheticCluster.Address(service)]), "2", [], [null]);
    }

    public static EndpointSliceRecord Slice(int service, int shift = 0) => new(SyntheticCluster.Slice(service, shift));

    public static Layer2StatusRecord Owned(int service, string node) => new(SyntheticCluster.Owned(service, node), "3", "");

    public static ObjectKey StatusKey(int service) => SyntheticCluster.Owned(service, "").Key;

    /// <summary>The Service after the controller's report was written to it.</summary>
    public static ServiceRecord Written(ServiceView service, ServiceReport report) => new(
        SyntheticCluster.Holding(service, report.Addresses), "2",
        report.Conditions.Select(c => new ConditionRecord(c.Type, c.Status.ToString(), c.Reason, c.Message, 0, DateTimeOffset.UnixEpoch)).ToValueArray(), [null]);

    /// <summary>A controller that knows the cluster and has not planned yet; every Service waits.</summary>
    public static ControllerState BeforeFirstTurn(int services)
    {
        ControllerState state = new(loadBalancerClass: null, ignoreExcludeLabel: false, TimeProvider.System);
        foreach (ClusterRecord record in Surroundings()) state.Apply(new ClusterChange.Upserted(record));
        for (int i = 0; i < services; i++)
        {
            state.Apply(new ClusterChange.Upserted(Waiting(i)));
            state.Apply(new ClusterChange.Upserted(Slice(i)));
        }
        return state;
    }

    /// <summary>What a loop is sent: a mailbox that has these, and nothing after them.</summary>
    public static ChannelReader<T> Mailbox<T>(T first, IEnumerable<T> rest)
    {
        Channel<T> mailbox = Channel.CreateUnbounded<T>(new() { SingleReader = true });
        foreach (T message in rest.Prepend(first)) mailbox.Writer.TryWrite(message);
        mailbox.Writer.Complete();
        return mailbox.Reader;
    }

    private static ConfigRecord Config(ClusterKind kind, ConfigDeclaration declaration) => new(kind, declaration, "1", "{}", new(null, [], null));
}
