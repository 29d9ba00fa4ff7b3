using LbSpeaker.Controller;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Observability;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Bench.Planner;

/// <summary>
/// A whole turn of the controller's loop: records in, both plans, reports, and what the writers find to write. Nobody sends it: the writers do not run.
/// </summary>
internal sealed class ControllerUnderTest : IPlannerUnderTest, IDisposable
{
    private readonly KubernetesMetrics kubernetesMetrics = new();
    private readonly ControllerMetrics metrics = new();
    private readonly KubernetesApi api;
    private readonly ControllerLoop loop;
    private readonly Dictionary<ObjectKey, ServiceReport> reports;
    private readonly string[] owners;

    public ControllerUnderTest(int services)
    {
        api = Unreachable.Api(kubernetesMetrics);
        AddressHandover handover = new();
        loop = new(
            new ControllerState(loadBalancerClass: null, ignoreExcludeLabel: false, TimeProvider.System),
            loadBalancerClass: null,
            new ServiceStatusWriter(api, handover, NullLogger<ServiceStatusWriter>.Instance),
            new ClaimStatusWriter(api, handover, NullLogger<ClaimStatusWriter>.Instance),
            new ConfigStatusWriter(api, NullLogger<ConfigStatusWriter>.Instance),
            new ConfigurationStateWriter(api, SyntheticCluster.HomeNamespace, node: null, Task.FromResult<OwnerPod?>(null), NullLogger<ConfigurationStateWriter>.Instance),
            new EventWriter(api, "metallb-controller", "bench", kubernetesMetrics, NullLogger<EventWriter>.Instance),
            metrics, TimeProvider.System);
        reports = ClusterRecords.BeforeFirstTurn(services).Turn().Services.ToDictionary(r => r.Service);
        List<ClusterRecord> written = [.. ClusterRecords.Surroundings()];
        owners = SyntheticCluster.Owners(services);
        for (int i = 0; i < services; i++) written.AddRange(Written(SyntheticCluster.Service(i)), ClusterRecords.Slice(i), ClusterRecords.Owned(i, owners[i]));
        Turn([.. written.Select(r => new ClusterChange.Upserted(r))]);
    }

    public Action[] LifeOf(int service)
    {
        ServiceView renewed = SyntheticCluster.Renewed(SyntheticCluster.Service(service));
        return
        [
            Step(new ClusterChange.Upserted(Written(SyntheticCluster.Service(service, port: 8080)))),
            Step(new ClusterChange.Removed(ClusterKind.Service, renewed.Key), new ClusterChange.Removed(ClusterKind.ServiceL2Status, ClusterRecords.StatusKey(service))),
            Step(new ClusterChange.Upserted(ClusterRecords.Waiting(service) with { View = renewed })),
            Step(new ClusterChange.Upserted(Written(renewed)), new ClusterChange.Upserted(ClusterRecords.Owned(service, owners[service]))),
        ];
    }

    public void Dispose()
    {
        api.Dispose();
        metrics.Dispose();
        kubernetesMetrics.Dispose();
    }

    private ServiceRecord Written(ServiceView service) => ClusterRecords.Written(service, reports[service.Key]);

    private Action Step(params ClusterChange[] changes) => () => Turn(changes);

    private void Turn(params ClusterChange[] changes) => Unreachable.RunToEnd(loop.RunAsync(ClusterRecords.Mailbox(new ClusterChange.Ready(), changes), Task.CompletedTask, CancellationToken.None));
}
