using System.Threading.Channels;
using LbSpeaker.Bfd;
using LbSpeaker.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Heartbeat;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Layer2;
using LbSpeaker.Observability;
using LbSpeaker.Speaker;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Bench.Planner;

/// <summary>
/// A whole turn of the speaker's loop: records in, the plan handed to the announcer, and what the writers find to write. Neither announcer nor writers run.
/// </summary>
internal sealed class SpeakerUnderTest : IPlannerUnderTest, IDisposable
{
    private readonly KubernetesMetrics kubernetesMetrics = new();
    private readonly SpeakerMetrics metrics = new(SyntheticCluster.NodeName(0));
    private readonly Layer2Announcer announcer = new(new Layer2Options(), TimeProvider.System, new Random(1), new());
    private readonly BgpAnnouncer bgp = new(new BgpOptions(SyntheticCluster.NodeName(0)), TimeProvider.System, new Random(1));
    private readonly BfdEngine bfd = new(TimeProvider.System);
    private readonly MaintenanceClock maintenance = new(SyntheticCluster.NodeName(0), TimeSpan.FromSeconds(30), TimeProvider.System, Channel.CreateUnbounded<SpeakerMessage>().Writer);
    private readonly FellowWatch fellows = new(SyntheticCluster.NodeName(0), SyntheticCluster.HomeNamespace, new NobodyHeard(), TimeProvider.System, Channel.CreateUnbounded<SpeakerMessage>().Writer);
    private readonly RouterWatch routers;
    private readonly KubernetesApi api;
    private readonly SpeakerLoop loop;
    private readonly string[] owners;

    public SpeakerUnderTest(int services)
    {
        string node = SyntheticCluster.NodeName(0);
        api = Unreachable.Api(kubernetesMetrics);
        routers = new(bfd, bgp, static _ => true);
        loop = new(
            new SpeakerState(node, loadBalancerClass: null, ignoreExcludeLabel: false),
            maintenance, announcer, bgp, routers, fellows,
            new SpeakerWriters(api, SyntheticCluster.HomeNamespace, node, Task.FromResult<OwnerPod?>(null), kubernetesMetrics, NullLoggerFactory.Instance),
            metrics, TimeProvider.System);
        owners = SyntheticCluster.Owners(services);
        List<ClusterRecord> written = [.. ClusterRecords.Surroundings()];
        for (int i = 0; i < services; i++) written.AddRange(ClusterRecords.Holding(i), ClusterRecords.Slice(i), ClusterRecords.Owned(i, owners[i]));
        Turn([.. written.Select(r => new ClusterChange.Upserted(r))]);
    }

    public Action[] LifeOf(int service)
    {
        ServiceRecord renewed = ClusterRecords.Holding(service, isRenewed: true);
        return
        [
            Step(new ClusterChange.Upserted(ClusterRecords.Slice(service, shift: 1))),
            Step(new ClusterChange.Removed(ClusterKind.Service, renewed.Key), new ClusterChange.Removed(ClusterKind.ServiceL2Status, ClusterRecords.StatusKey(service))),
            Step(new ClusterChange.Upserted(renewed)),
            Step(new ClusterChange.Upserted(ClusterRecords.Slice(service)), new ClusterChange.Upserted(ClusterRecords.Owned(service, owners[service]))),
        ];
    }

    public void Dispose()
    {
        api.Dispose();
        announcer.Dispose();
        routers.Dispose();
        fellows.Dispose();
        maintenance.Dispose();
        bfd.Dispose();
        bgp.Dispose();
        metrics.Dispose();
        kubernetesMetrics.Dispose();
    }

    private Action Step(params ClusterChange[] changes) => () => Turn(changes);

    /// <summary>What the announcer says at its start: the wire is there.</summary>
    private static readonly SpeakerMessage Wire = new SpeakerMessage.Layer2(
        new([new InterfaceReport("eth0", 2, new MacAddress(0x0200_0000_0001), AnswersArp: true, AnswersNdp: true, Fault: null)], []));

    private void Turn(params ClusterChange[] changes) =>
        Unreachable.RunToEnd(loop.RunAsync(ClusterRecords.Mailbox(Wire, changes.Prepend(new ClusterChange.Ready()).Select(c => new SpeakerMessage.Cluster(c))), CancellationToken.None));

    private sealed class NobodyHeard : IHeartbeat
    {
        public event Action<HeartbeatReport>? ReportChanged { add { } remove { } }

        public HeartbeatReport Report => HeartbeatReport.Empty;

        public void SetDesired(HeartbeatPlan plan) { }

        public Task RunAsync(CancellationToken ct) => Task.CompletedTask;
    }
}
