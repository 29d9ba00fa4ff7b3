using System.Collections.Immutable;
using CsCheck;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Tests.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Announcement;

public sealed class AnnouncementPlannerTests
{
    private static readonly ObjectKey Web = new("default", "web");

    [Fact]
    public void The_elected_node_announces_and_the_others_say_why_not()
    {
        ServiceAnnouncements web = Plan(Cluster()).Services[Web];

        Layer2Announcement announcement = Assert.Single(web.Layer2);
        Assert.Equal("192.0.2.10", announcement.Address.ToString());
        Assert.Equal(2, web.Refusals.Count);
        Assert.All(web.Refusals, r => Assert.Equal(RefusalReason.NotOwner, r.Reason));
        Assert.DoesNotContain(web.Refusals, r => r.Node == announcement.Node);
    }

    [Theory]
    [InlineData("no-endpoints", null, RefusalReason.NoEndpoints)]
    [InlineData("no-advertisement", null, RefusalReason.NoMatchingAdvertisement)]
    [InlineData("foreign-address", null, RefusalReason.AddressNotInPool)]
    [InlineData("network-unavailable", "node1", RefusalReason.NodeNetworkUnavailable)]
    [InlineData("excluded-node", "node1", RefusalReason.NodeLabeledExcludeBalancers)]
    [InlineData("dead-speaker", "node1", RefusalReason.NoLiveSpeaker)]
    [InlineData("local-elsewhere", "node1", RefusalReason.NoLocalEndpoints)]
    public void A_silent_node_has_its_reason(string fault, string? node, RefusalReason reason)
    {
        ClusterSnapshotBuilder cluster = Cluster();
        CompiledConfig config = Config(new CompiledL2Advertisement(new("lbspeaker-system", "l2"), ["main"], [], [], [], []));
        switch (fault)
        {
            case "no-endpoints": cluster.Set(Slice(serves: false, "node1")); break;
            case "no-advertisement": config = Config(); break;
            case "foreign-address": cluster.Set(Service("web", "203.0.113.1")); break;
            case "network-unavailable": cluster.Set(new NodeView("node1") { NetworkUnavailable = true }); break;
            case "excluded-node": cluster.Set(new NodeView("node1") { Labels = LabelSet.From([new(NodeView.ExcludeLabel, "")]) }); break;
            case "dead-speaker": cluster.SetLiveSpeakers(["node2", "node3"]); break;
            case "local-elsewhere":
                cluster.Set(Service("web", "192.0.2.10") with { LocalTraffic = true });
                cluster.Set(Slice(serves: true, "node2"));
                break;
        }
        ServiceAnnouncements web = Plan(cluster, config).Services[Web];

        Assert.Contains(new Refusal(AnnouncementProtocol.Layer2, node, reason), web.Refusals);
        Assert.DoesNotContain(web.Layer2, a => a.Node == "node1" || node is null);
    }

    [Fact]
    public void Interfaces_are_united_over_the_advertisements_that_match()
    {
        CompiledL2Advertisement Adv(string name, params string[] interfaces) => new(new("lbspeaker-system", name), ["main"], [], [], [.. interfaces], []);
        ServiceAnnouncements both = Plan(Cluster(), Config(Adv("a", "eth1"), Adv("b", "eth0"))).Services[Web];
        ServiceAnnouncements all = Plan(Cluster(), Config(Adv("a", "eth1"), Adv("b"))).Services[Web];

        Assert.Equal(["eth0", "eth1"], both.Layer2[0].Interfaces);
        Assert.Empty(all.Layer2[0].Interfaces);
    }

    [Fact]
    public void Services_that_share_an_address_have_one_owner_that_both_can_use()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(Service("mail", "192.0.2.10") with { LocalTraffic = true });
        cluster.Set(Slice(serves: true, "node3", service: "mail"));

        AnnouncementPlan plan = Plan(cluster);

        Assert.Equal("node3", Assert.Single(plan.Services[Web].Layer2).Node);
        Assert.Equal("node3", Assert.Single(plan.Services[new("default", "mail")].Layer2).Node);
    }

    [Fact]
    public void Where_sharers_have_no_node_in_common_the_older_decides_and_the_other_is_told()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(Service("web", "192.0.2.10") with { LocalTraffic = true, Age = new(DateTimeOffset.UnixEpoch, 0) });
        cluster.Set(Slice(serves: true, "node1"));
        cluster.Set(Service("mail", "192.0.2.10") with { LocalTraffic = true, Age = new(DateTimeOffset.UnixEpoch.AddDays(1), 0) });
        cluster.Set(Slice(serves: true, "node3", service: "mail"));

        AnnouncementPlan plan = Plan(cluster);

        Assert.Equal("node1", Assert.Single(plan.Services[Web].Layer2).Node);
        ServiceAnnouncements mail = plan.Services[new("default", "mail")];
        Assert.Empty(mail.Layer2);
        Assert.Contains(new Refusal(AnnouncementProtocol.Layer2, "node3", RefusalReason.SharedAddressElsewhere), mail.Refusals);
    }

    [Fact]
    public void Only_the_own_part_is_given_to_the_announcer()
    {
        foreach (string node in (string[])["node1", "node2", "node3"])
        {
            AnnouncementPlan plan = new AnnouncementPlanner(new(node)).Plan(Config(AllNodes), Cluster().Publish(), Status);
            bool owns = plan.Services[Web].Layer2[0].Node == node;
            Assert.Equal(owns ? 1 : 0, plan.Layer2.Addresses.Count);
        }
    }

    /// <summary>The announcer need not be woken for it.</summary>
    [Fact]
    public void Where_nothing_moved_the_own_part_is_the_very_same()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(Recorded("node1"));
        AnnouncementPlanner planner = new(new("node1"));
        CompiledConfig config = Config(AllNodes);
        Layer2Plan first = planner.Plan(config, cluster.Publish(), Status).Layer2;
        Assert.NotEmpty(first.Addresses);
        cluster.Set(Slice(serves: true, "node2"));
        Assert.Same(first, planner.Plan(config, cluster.Publish(), Status).Layer2);
        cluster.Set(new NodeView("node4"));
        Assert.Same(first, planner.Plan(config, cluster.Publish(), Status).Layer2);
        cluster.Set(Slice(serves: false, "node2"));
        Assert.Empty(planner.Plan(config, cluster.Publish(), Status).Layer2.Addresses);
    }

    [Theory]
    [InlineData("node1")]
    [InlineData("node2")]
    [InlineData("node3")]
    public void The_recorded_owner_stays_owner_as_long_as_it_is_a_candidate(string node)
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(Recorded(node));
        Assert.Equal(node, Assert.Single(Plan(cluster).Services[Web].Layer2).Node);

        cluster.SetLiveSpeakers([.. ((string[])["node1", "node2", "node3"]).Where(n => n != node)]);
        Assert.NotEqual(node, Assert.Single(Plan(cluster).Services[Web].Layer2).Node);
    }

    [Fact]
    public void A_move_that_is_asked_for_goes_before_the_record_and_one_that_cannot_be_is_none()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(Recorded("node1"));
        cluster.Set(Service("web", "192.0.2.10") with { Annotations = LabelSet.From([new(ServiceAnnotations.MoveTo, "node3")]) });
        Assert.Equal("node3", Assert.Single(Plan(cluster).Services[Web].Layer2).Node);

        cluster.Set(new NodeView("node3") { NetworkUnavailable = true });
        Assert.Equal("node1", Assert.Single(Plan(cluster).Services[Web].Layer2).Node);
    }

    /// <summary>Who states a preference means it: it goes before what is recorded and before the load.</summary>
    [Fact]
    public void The_preferred_node_owns_whoever_did()
    {
        CompiledL2Advertisement preferring = AllNodes with { PreferredNodes = [new(10, new LabelSelector([new("kubernetes.io/hostname", SelectorOperator.In, ["node2"])]))] };
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(new NodeView("node2") { Labels = LabelSet.From([new("kubernetes.io/hostname", "node2")]) });
        cluster.Set(Recorded("node1"));
        Assert.Equal("node2", Assert.Single(Plan(cluster, Config(preferring)).Services[Web].Layer2).Node);
    }

    [Fact]
    public void A_node_without_the_interface_is_no_candidate_while_another_has_it()
    {
        CompiledConfig config = Config(AllNodes with { Interfaces = ["eth1"] });
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(Recorded("node1"));
        cluster.SetInterfaces("node1", [new("eth0", default, true, true)]);
        cluster.SetInterfaces("node2", [new("eth1", default, AnswersArp: false, AnswersNdp: true)]);
        cluster.SetInterfaces("node3", [new("eth1", default, true, true)]);
        ServiceAnnouncements web = Plan(cluster, config).Services[Web];
        Assert.Equal("node3", Assert.Single(web.Layer2).Node);
        Assert.Equal([new(AnnouncementProtocol.Layer2, "node1", RefusalReason.NoInterface), new(AnnouncementProtocol.Layer2, "node2", RefusalReason.NoInterface)], web.Refusals);

        // Where none has it the owner stays, and says so itself.
        cluster.SetInterfaces("node3", []);
        Assert.Equal("node1", Assert.Single(Plan(cluster, config).Services[Web].Layer2).Node);
        // Of a node that does not tell every interface counts as there.
        cluster.RemoveInterfaces("node2");
        Assert.Equal("node2", Assert.Single(Plan(cluster, config).Services[Web].Layer2).Node);
    }

    [Fact]
    public void Endpoints_that_stay_go_before_those_about_to_go()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.Set(Service("web", "192.0.2.10") with { LocalTraffic = true });
        cluster.Set(Recorded("node1"));
        cluster.Set(new EndpointSliceView(new("default", "web-1"), "web", [new("node1", true, true, IsTerminating: true), new("node2", true, true)]));
        ServiceAnnouncements web = Plan(cluster).Services[Web];
        Assert.Equal("node2", Assert.Single(web.Layer2).Node);
        Assert.Contains(new Refusal(AnnouncementProtocol.Layer2, "node1", RefusalReason.TerminatingEndpoints), web.Refusals);

        cluster.Set(new EndpointSliceView(new("default", "web-1"), "web", [new("node1", true, true, IsTerminating: true)]));
        Assert.Equal("node1", Assert.Single(Plan(cluster).Services[Web].Layer2).Node);
    }

    [Theory]
    [InlineData("nobody", "node1", Layer2Role.Claim)]
    [InlineData("node1", "node1", Layer2Role.Own)]
    [InlineData("node1 192.0.2.10", "node1", Layer2Role.Own)]
    [InlineData("node1 192.0.2.99", "node1", Layer2Role.Claim)]
    [InlineData("node1 none", "node1", Layer2Role.Claim)]
    [InlineData("node2", "node1", Layer2Role.Own)]
    [InlineData("node2", "node2", Layer2Role.HandOver)]
    [InlineData("node2 192.0.2.99", "node2", null)]
    [InlineData("node2", "node3", null)]
    public void The_record_says_how_the_node_stands_to_the_address(string recorded, string node, Layer2Role? role)
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.SetLiveSpeakers(["node1"]);
        string[] words = recorded.Split(' ');
        if (words[0] != "nobody") cluster.Set(Recorded(words[0]) with { Addresses = words.Length == 1 ? null : words[1] == "none" ? [] : words.Skip(1).Select(IpAddress.Parse).ToValueArray() });
        AnnouncementPlan plan = new AnnouncementPlanner(new(node)).Plan(Config(AllNodes), cluster.Publish(), Status);
        Layer2Duty? duty = plan.Layer2.Addresses.GetValueOrDefault(IpAddress.Parse("192.0.2.10"));
        Assert.Equal(role, duty?.Role);
        Assert.Equal(role == Layer2Role.Own && words[0] != node ? words[0] : null, duty?.From);
    }

    [Fact]
    public void That_this_node_is_cut_off_is_a_change_and_stands_in_its_plan()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        AnnouncementPlanner planner = new(new("node1"));
        Layer2Plan Next() => planner.Plan(Config(AllNodes), cluster.Publish(), Status).Layer2;
        Layer2Plan before = Next();
        Assert.False(before.IsCutOff);
        cluster.SetCutOff(true);
        Assert.True(cluster.HasChanges);
        Assert.Equal(before with { IsCutOff = true }, Next());
        cluster.SetCutOff(true);
        Assert.False(cluster.HasChanges);
        cluster.SetCutOff(false);
        Assert.Equal(before, Next());
    }

    [Fact]
    public void Fellows_are_the_interfaces_of_the_other_nodes()
    {
        ClusterSnapshotBuilder cluster = Cluster();
        cluster.SetInterfaces("node1", [new("eth0", new(1), true, true)]);
        cluster.SetInterfaces("node2", [new("eth0", new(2), true, true), new("eth1", new(3), true, true)]);
        Layer2Plan plan = new AnnouncementPlanner(new("node1")).Plan(Config(AllNodes), cluster.Publish(), Status).Layer2;
        Assert.Equal("node1", plan.Node);
        Assert.Equal([new(new MacAddress(2), "node2"), new(new MacAddress(3), "node2")], plan.Fellows);

        // Its link is gone, and it is no stranger when it comes back.
        cluster.SetInterfaces("node2", []);
        cluster.RemoveInterfaces("node2");
        cluster.SetInterfaces("node3", [new("eth0", new(3), true, true)]);
        Assert.Equal([new(new MacAddress(2), "node2"), new(new MacAddress(3), "node3")], Fellows());
        cluster.ForgetInterfaces("node2");
        Assert.Equal([new(new MacAddress(3), "node3")], Fellows());

        IEnumerable<KeyValuePair<MacAddress, string>> Fellows() => new AnnouncementPlanner(new("node1")).Plan(Config(AllNodes), cluster.Publish(), Status).Layer2.Fellows;
    }

    [Fact]
    public void What_changed_planned_alone_equals_a_plan_from_scratch() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 9]).Array[1, 40].Sample(steps =>
        {
            ClusterSnapshotBuilder cluster = Cluster();
            CompiledConfig config = BgpPlanning.Config(Config(AllNodes), weighted: true, BgpPlanning.Peer("tor1"), BgpPlanning.Peer("tor2", "2001:db8::1"));
            config = config with { L2Advertisements = [.. config.L2Advertisements, AllNodes with { Pools = ["other"] }] };
            AnnouncementPlanner remembering = new(new("node1")), rememberingAll = new(new());
            foreach ((int service, int address, int change) in steps)
            {
                string name = $"s{service}";
                switch (change)
                {
                    case 0: cluster.RemoveService(new("default", name)); break;
                    case 1: cluster.Set(Slice(serves: address > 0, $"node{1 + address % 3}", service: name)); break;
                    case 2: cluster.Set(Service(name, $"192.0.2.{20 + address}") with { LocalTraffic = true }); break;
                    case 3: cluster.SetLiveSpeakers(address == 0 ? null : [$"node{address}", "node1"]); break;
                    case 4: cluster.Set(Service(name, $"192.0.2.{20 + address}", $"192.0.2.{24 + service % 2}")); break;
                    case 5: cluster.Set(Recorded($"node{1 + address % 3}", name)); break;
                    case 6: cluster.RemoveLayer2Status(Recorded("node1", name).Key); break;
                    default: cluster.Set(Service(name, $"192.0.2.{20 + address}")); break;
                }
                ClusterSnapshot snapshot = cluster.Publish();
                AnnouncementPlan little = remembering.Plan(config, snapshot, Status);
                AnnouncementPlan whole = new AnnouncementPlanner(new("node1")).Plan(config, snapshot, Status);
                AnnouncementPlan everywhere = rememberingAll.Plan(config, snapshot, Status);
                ValueArray<SelectedAddress> selected = snapshot.Services.Values.SelectMany(s => Status(s).Addresses.Select(a => new SelectedAddress(a, s.Key)))
                    .OrderBy(a => a.Address).ThenBy(a => a.Service).DistinctBy(a => a.Address).ToValueArray();
                FirstOf<SelectedAddress> all = new(selected.Count, selected);
                Assert.Equal(new([all, FirstOf<SelectedAddress>.None], [all]), everywhere.Selected);
                Assert.Equal(whole.Layer2, little.Layer2);
                Assert.Equal(whole.Bgp, little.Bgp);
                Assert.Equal(whole.Services.OrderBy(s => s.Key), little.Services.OrderBy(s => s.Key));
            }
        }, iter: 200);

    [Fact]
    public void No_address_ever_has_two_owners() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Bool).Array[1, 12].Sample(services =>
        {
            ClusterSnapshotBuilder cluster = Cluster();
            foreach ((int name, int first, int second, bool local) in services)
            {
                cluster.Set(Service($"s{name}", $"192.0.2.{20 + first}", $"192.0.2.{30 + second}") with { LocalTraffic = local });
                cluster.Set(Slice(true, $"node{1 + name % 3}", service: $"s{name}"));
            }
            AnnouncementPlan plan = Plan(cluster);
            return plan.Services.Values.SelectMany(s => s.Layer2).GroupBy(a => a.Address).All(g => g.Select(a => a.Node).Distinct().Count() == 1);
        });

    private static Layer2StatusView Recorded(string node, string service = "web") => new(new("lbspeaker-system", "l2-" + service), new("default", service), node, true, [], []);

    private static CompiledL2Advertisement AllNodes => new(new("lbspeaker-system", "l2"), ["main"], [], [], [], []);

    private static ServiceHolding Status(ServiceView service) => ServiceHolding.OfStatus(service, null);

    private static AnnouncementPlan Plan(ClusterSnapshotBuilder cluster, CompiledConfig? config = null) =>
        new AnnouncementPlanner(new()).Plan(config ?? Config(AllNodes), cluster.Publish(), Status);

    private static CompiledConfig Config(params CompiledL2Advertisement[] advertisements) => new(
        [new CompiledPool("main", LabelSet.Empty, PoolState.Ready, [IpRange.OfPrefix(IpAddress.Parse("192.0.2.0"), 24)], [], true, false, 0, null, [], false)],
        [.. advertisements], []);

    private static ClusterSnapshotBuilder Cluster()
    {
        ClusterSnapshotBuilder cluster = new();
        foreach (string node in (string[])["node1", "node2", "node3"]) cluster.Set(new NodeView(node));
        cluster.Set(Service("web", "192.0.2.10"));
        cluster.Set(Slice(serves: true, "node1"));
        return cluster;
    }

    private static ServiceView Service(string name, params string[] addresses) => new(new ObjectKey("default", name))
    {
        IsLoadBalancer = true,
        Ingress = [.. addresses.Select(a => new IngressView(a, null))],
    };

    private static EndpointSliceView Slice(bool serves, string node, string service = "web") =>
        new(new("default", service + "-1"), service, [new EndpointView(node, serves, true)]);
}
