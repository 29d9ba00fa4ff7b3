using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Announcement.Bgp;

public sealed class BgpAnnouncementTests
{
    private static readonly ObjectKey Web = new("default", "web");

    [Fact]
    public void Every_node_that_may_announces_to_each_of_its_routers()
    {
        AnnouncementPlan plan = Plan(Cluster(), Config(BgpPlanning.Peer("tor1"), BgpPlanning.Peer("tor3", "198.51.100.3", onlyNode: "node2")));

        Assert.Equal(["tor1 node1,node2", "tor3 node2"], plan.Services[Web].Bgp.Select(a => $"{a.Peer} {string.Join(",", a.Nodes.AsEnumerable())}").Order());
        Assert.Empty(plan.Services[Web].Refusals);
        Assert.Equal(["tor1", "tor3"], plan.Bgp.Peers.Keys);
        Assert.Equal("192.0.2.10/32", Assert.Single(plan.Bgp.Peers["tor3"].Routes).Prefix.ToString());
    }

    [Fact]
    public void A_node_without_a_session_that_carries_the_family_is_silent_and_says_so()
    {
        ServiceAnnouncements web = Plan(Cluster(), Config(BgpPlanning.Peer("tor1", "2001:db8::1"))).Services[Web];
        Assert.Empty(web.Bgp);
        Assert.Equal([RefusalReason.NoMatchingPeer, RefusalReason.NoMatchingPeer], web.Refusals.Select(r => r.Reason));
    }

    [Fact]
    public void Advertisements_that_disagree_are_refused_unless_one_is_at_fault_and_yields()
    {
        CompiledBgpAdvertisement one = BgpPlanning.Advertisement("a", new() { LocalPref = 100, Communities = [Community.Standard(1, 1)] });
        CompiledBgpAdvertisement other = BgpPlanning.Advertisement("b", new() { LocalPref = 200, Communities = [Community.Standard(1, 2)] });
        CompiledConfig config = Config(BgpPlanning.Peer("tor1"));

        ServiceAnnouncements refused = Plan(Cluster(), config with { BgpAdvertisements = [one, other] }).Services[Web];
        Assert.Empty(refused.Bgp);
        Assert.All(refused.Refusals, r => Assert.Equal(RefusalReason.ConflictingAdvertisements, r.Reason));

        BgpAnnouncement stands = Assert.Single(Plan(Cluster(), config with { BgpAdvertisements = [one, other with { Yields = true }] }).Services[Web].Bgp);
        Assert.Equal(100u, stands.Attributes.LocalPref);
        Assert.Equal(["1:1", "1:2"], stands.Attributes.Communities.Select(c => c.ToString()));
    }

    [Fact]
    public void An_aggregate_of_several_Services_goes_with_the_last_of_them()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(Service("mail", "192.0.2.11"));
        cluster.Set(Slice("mail", "node1"));
        CompiledConfig config = Config(BgpPlanning.Peer("tor1")) with { BgpAdvertisements = [BgpPlanning.Advertisement("wide", length: 24)] };
        AnnouncementPlanner planner = new(new("node2"));
        ValueArray<string> Routes() => planner.Plan(config, cluster.Publish(), Status).Bgp.Peers["tor1"].Routes.Select(r => r.Prefix.ToString()).ToValueArray();

        Assert.Equal(["192.0.2.0/24"], Routes());
        cluster.RemoveService(Web);
        Assert.Equal(["192.0.2.0/24"], Routes());
        cluster.RemoveService(new("default", "mail"));
        Assert.Empty(Routes());
    }

    [Fact]
    public void What_moves_no_route_of_the_node_leaves_its_plan_as_it_is()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        CompiledConfig config = Config(BgpPlanning.Peer("tor1"));
        AnnouncementPlanner planner = new(new("node2"));
        BgpPlan first = planner.Plan(config, cluster.Publish(), Status).Bgp;
        cluster.Set(Service("without-an-address", "198.51.100.77"));
        Assert.Same(first, planner.Plan(config, cluster.Publish(), Status).Bgp);
        cluster.Set(Service("mail", "192.0.2.11"));
        cluster.Set(Slice("mail", "node1"));
        Assert.Equal(2, planner.Plan(config, cluster.Publish(), Status).Bgp.Peers["tor1"].Routes.Count);
    }

    [Fact]
    public void The_weight_is_the_number_of_ready_endpoints_on_the_node()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(new EndpointSliceView(new("default", "web-2"), "web", [new("node2", true, true), new("node2", true, true), new("node2", false, true), new("node2", true, false)]));
        CompiledConfig config = BgpPlanning.Config(Config(BgpPlanning.Peer("tor1")), weighted: true, BgpPlanning.Peer("tor1"));
        Assert.Equal(2, Assert.Single(Plan(cluster, config).Bgp.Peers["tor1"].Routes).Attributes.Weight);
    }

    [Theory]
    [InlineData(MaintenancePhase.Draining)]
    [InlineData(MaintenancePhase.Withdrawn)]
    public void A_node_in_maintenance_warns_first_and_then_withdraws_and_keeps_its_sessions(MaintenancePhase phase)
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(new NodeView("node2") { Maintenance = phase });
        CompiledConfig config = Config(BgpPlanning.Peer("tor1")) with { BgpAdvertisements = [BgpPlanning.Advertisement("a", new() { LocalPref = 100 })] };
        AnnouncementPlan plan = Plan(cluster, config);
        BgpRouteSet routes = plan.Bgp.Peers["tor1"].Routes;

        if (phase == MaintenancePhase.Withdrawn)
        {
            Assert.Empty(routes);
            Assert.Contains(new Refusal(AnnouncementProtocol.Bgp, "node2", RefusalReason.NodeInMaintenance), plan.Services[Web].Refusals);
            return;
        }
        BgpRouteAttributes attributes = Assert.Single(routes).Attributes;
        Assert.Equal(0u, attributes.LocalPref);
        Assert.Equal([Community.GracefulShutdown], attributes.Communities);
    }

    [Theory]
    [InlineData("no-endpoints", null, RefusalReason.NoEndpoints)]
    [InlineData("no-local-endpoints", "node2", RefusalReason.NoLocalEndpoints)]
    [InlineData("dead-speaker", "node1", RefusalReason.NoLiveSpeaker)]
    [InlineData("excluded-node", "node2", RefusalReason.NodeLabeledExcludeBalancers)]
    public void A_silent_node_has_its_reason(string fault, string? node, RefusalReason reason)
    {
        ClusterSnapshotBuilder cluster = Cluster();
        switch (fault)
        {
            case "no-endpoints": cluster.RemoveEndpointSlice(new("default", "web-1")); break;
            case "no-local-endpoints": cluster.Set(Service("web", "192.0.2.10") with { LocalTraffic = true }); break;
            case "dead-speaker": cluster.SetLiveSpeakers(["node2"]); break;
            case "excluded-node": cluster.Set(new NodeView("node2") { Labels = LabelSet.From([new(NodeView.ExcludeLabel, "")]) }); break;
        }
        ServiceAnnouncements web = Plan(cluster, Config(BgpPlanning.Peer("tor1"))).Services[Web];
        Assert.Equal([new Refusal(AnnouncementProtocol.Bgp, node, reason)], web.Refusals);
    }

    [Fact]
    public void A_node_whose_own_Lease_is_not_seen_announces_all_the_same()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.SetLiveSpeakers(["node1"]);
        Assert.Single(Plan(cluster, Config(BgpPlanning.Peer("tor1"))).Bgp.Peers["tor1"].Routes);
    }

    [Fact]
    public void Where_one_protocol_advertises_the_silence_of_the_other_is_no_news()
    {
        CompiledConfig bgp = Config(BgpPlanning.Peer("tor1"));
        Assert.Empty(Plan(Cluster(), bgp).Services[Web].Refusals);
        ServiceAnnouncements neither = Plan(Cluster(), bgp with { BgpAdvertisements = [BgpPlanning.Advertisement("a") with { Pools = ["other"] }] }).Services[Web];
        Assert.Equal([AnnouncementProtocol.Layer2, AnnouncementProtocol.Bgp], neither.Refusals.Select(r => r.Protocol));
    }

    private static ServiceHolding Status(ServiceView service) => ServiceHolding.OfStatus(service, null);

    private static AnnouncementPlan Plan(ClusterSnapshotBuilder cluster, CompiledConfig config) => new AnnouncementPlanner(new("node2")).Plan(config, cluster.Publish(), Status);

    private static CompiledConfig Config(params CompiledBgpPeer[] peers) => BgpPlanning.Config(
        new([new CompiledPool("main", LabelSet.Empty, PoolState.Ready, [IpRange.OfPrefix(IpAddress.Parse("192.0.2.0"), 24)], [], true, false, 0, null, [], false)], [], []), weighted: false, peers);

    private static ClusterSnapshotBuilder Cluster()
    {
        ClusterSnapshotBuilder cluster = new();
        foreach (string node in (string[])["node1", "node2"]) cluster.Set(new NodeView(node) { Labels = LabelSet.From([new("name", node)]) });
        cluster.Set(Service("web", "192.0.2.10"));
        cluster.Set(Slice("web", "node1"));
        return cluster;
    }

    private static ServiceView Service(string name, string address) => new(new ObjectKey("default", name)) { IsLoadBalancer = true, Ingress = [new IngressView(address, null)] };

    private static EndpointSliceView Slice(string service, string node) => new(new("default", service + "-1"), service, [new EndpointView(node, true, true)]);
}
