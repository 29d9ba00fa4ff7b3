using LbSpeaker.Controller;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Tests.Controller;

public sealed class ClassChangeTests
{
    private static readonly string PoolKey = ServiceAnnotations.Key(ServiceAnnotations.AllocatedFromPool);

    /// <summary>The API server takes the addresses where the type changes; a watch may show that only when the Service is of another class already.</summary>
    [Theory]
    [InlineData("lan", true)]
    // Whoever serves that class has been quicker.
    [InlineData("theirs", false)]
    public void The_annotation_goes_where_type_and_class_changed_before_we_looked(string annotation, bool isCleared)
    {
        ControllerState state = new(loadBalancerClass: null, ignoreExcludeLabel: false, TimeProvider.System);
        state.Apply(new ClusterChange.Upserted(new ConfigRecord(
            ClusterKind.IPAddressPool, new IPAddressPoolDeclaration(new DeclarationMeta("IPAddressPool", new("lbspeaker-system", "lan"))) { Addresses = ["192.0.2.10/32"] }, "1", "{}", new(null, [], null))));
        ServiceView waiting = new(new("default", "web"))
        {
            Uid = "u1", IsLoadBalancer = true, Ports = [new("TCP", 80)], Families = [IpFamily.IPv4], ClusterIPs = ["198.51.100.1"],
        };
        Assert.Equal("lan", See(waiting)!.Pools);
        ServiceView held = waiting with { Annotations = LabelSet.From([new(PoolKey, "lan")]), Ingress = [new("192.0.2.10", null)] };
        See(held);

        ServiceReport? last = See(held with { Annotations = LabelSet.From([new(PoolKey, annotation)]), Ingress = [], LoadBalancerClass = "example.com/other" });
        Assert.Equal(isCleared, last is { IsOfAnother: false, Pools: null, Addresses.IsEmpty: true });

        ServiceReport? See(ServiceView view)
        {
            state.Apply(new ClusterChange.Upserted(new ServiceRecord(view, "1", [], [])));
            return state.Turn().Services.SingleOrDefault(r => r.Service == view.Key);
        }
    }
}
