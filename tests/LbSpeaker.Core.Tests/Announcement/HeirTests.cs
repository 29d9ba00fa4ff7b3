using System.Collections.Immutable;
using CsCheck;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Announcement;

public sealed class HeirTests
{
    private const int Services = 14;

    /// <summary>
    /// The law: who would be next is who is next in a plan with the owner's speaker dead and every other owner recorded. Through all that may happen to Services and nodes, with
    /// preferences, endpoints, shared addresses and moves.
    /// </summary>
    [Fact]
    public void The_heir_is_who_owns_once_the_owner_is_dead() =>
        Gen.Select(Gen.Int[0, Services - 1], Gen.Int[0, 40], Gen.Int[0, 9]).Array[1, 40].Sample(steps =>
        {
            CompiledConfig config = Config;
            ClusterSnapshotBuilder cluster = new();
            string[] nodes = [.. Enumerable.Range(0, 12).Select(i => $"node{i:00}")];
            foreach (string node in nodes) cluster.Set(Node(node, preferred: false));
            SortedSet<string> alive = new(nodes, StringComparer.Ordinal);
            AnnouncementPlanner planner = new(new(KnowsHeirs: true));
            foreach ((int service, int value, int change) in steps)
            {
                Change(cluster, alive, nodes, service, value, change);
                Settle(cluster, config, planner);
            }
        }, iter: 150);

    /// <summary>In a cluster of more nodes than are kept in rank.</summary>
    [Fact]
    public void Nodes_that_come_and_go_leave_it_exact() =>
        Gen.Select(Gen.Int[0, 39], Gen.Bool).Array[1, 30].Sample(steps =>
        {
            ClusterSnapshotBuilder cluster = new();
            string[] nodes = [.. Enumerable.Range(0, 40).Select(i => $"node{i:00}")];
            foreach (string node in nodes) cluster.Set(Node(node, preferred: false));
            for (int i = 0; i < 60; i++)
            {
                cluster.Set(Service($"s{i}", i, $"192.0.2.{20 + i}"));
                cluster.Set(Slice($"s{i}", nodes[0]));
            }
            SortedSet<string> alive = new(nodes, StringComparer.Ordinal);
            AnnouncementPlanner planner = new(new(KnowsHeirs: true));
            foreach ((int node, bool lives) in steps)
            {
                if (lives) alive.Add(nodes[node]);
                else if (alive.Count > 3) alive.Remove(nodes[node]);
                cluster.SetLiveSpeakers([.. alive]);
                Settle(cluster, Config, planner);
            }
        }, iter: 10);

    [Fact]
    public void What_changes_for_nobody_is_no_news()
    {
        ClusterSnapshotBuilder cluster = new();
        foreach (string node in (string[])["node00", "node01"]) cluster.Set(Node(node, preferred: false));
        cluster.Set(Service("s0", 0, "192.0.2.20"));
        cluster.Set(Slice("s0", "node00"));
        AnnouncementPlanner planner = new(new(KnowsHeirs: true));
        Settle(cluster, Config, planner);
        long version = planner.HeirsVersion;

        cluster.Set(Slice("s0", "node01"));
        Settle(cluster, Config, planner);
        Assert.Equal(version, planner.HeirsVersion);

        cluster.Set(Service("s1", 1, "192.0.2.21"));
        cluster.Set(Slice("s1", "node01"));
        Settle(cluster, Config, planner);
        Assert.NotEqual(version, planner.HeirsVersion);
    }

    [Fact]
    public void Who_did_not_ask_is_told_nothing()
    {
        ClusterSnapshotBuilder cluster = new();
        cluster.Set(Node("node00", preferred: false));
        cluster.Set(Service("s0", 0, "192.0.2.20"));
        cluster.Set(Slice("s0", "node00"));
        AnnouncementPlanner planner = new(new());

        planner.Plan(Config, cluster.Publish(), Status);

        Assert.False(planner.IsLearningHeirs);
        Assert.Null(planner.HeirOf(new("default", "s0")));
    }

    private static void Change(ClusterSnapshotBuilder cluster, SortedSet<string> alive, string[] nodes, int service, int value, int change)
    {
        string name = $"s{service}", node = nodes[value % nodes.Length];
        switch (change)
        {
            case 0:
                if (!alive.Remove(node) || alive.Count == 0) alive.Add(node);
                cluster.SetLiveSpeakers([.. alive]);
                break;
            case 1: cluster.Set(Node(node, preferred: value % 2 == 0)); break;
            case 2: cluster.RemoveService(new("default", name)); break;
            case 3: cluster.Set(Slice(name, nodes[value % 4], nodes[value % 3 + 4])); break;
            case 4: cluster.Set(Service(name, service, Address(value)) with { LocalTraffic = true }); break;
            case 5: cluster.Set(Service(name, service, Address(value), Address(value + 1))); break;
            case 6: cluster.Set(Service(name, service, Address(service)) with { Annotations = LabelSet.From([new(ServiceAnnotations.MoveTo, node)]) }); break;
            case 7: cluster.Set(Service(name, service, "198.51.100.20", Address(100 + service))); break;
            default:
                cluster.Set(Service(name, service, Address(100 + service)));
                cluster.Set(Slice(name, node));
                break;
        }
    }

    private static string Address(int number) => $"192.0.2.{20 + number}";

    /// <summary>Plans, writes down who owns, and looks whether the planner knew what the death of each node comes to.</summary>
    private static void Settle(ClusterSnapshotBuilder cluster, CompiledConfig config, AnnouncementPlanner planner)
    {
        AnnouncementPlan plan = planner.Plan(config, cluster.Publish(), Status);
        // Of a Service on its way it stands recorded where it was before.
        foreach ((ObjectKey service, ServiceAnnouncements announcements) in plan.Services)
            if (!announcements.Layer2.IsEmpty && cluster.FindService(service)!.MoveTo != announcements.Layer2[0].Node) cluster.Set(Recorded(service, announcements.Layer2[0].Node));
        ClusterSnapshot snapshot = cluster.Publish();
        plan = planner.Plan(config, snapshot, Status);
        Assert.False(planner.IsLearningHeirs);
        ImmutableSortedSet<string> alive = snapshot.LiveSpeakers ?? [.. snapshot.Nodes.Keys];
        foreach (IGrouping<string, ObjectKey> owned in plan.Services.Where(s => !s.Value.Layer2.IsEmpty).GroupBy(s => s.Value.Layer2[0].Node, s => s.Key))
        {
            AnnouncementPlan then = new AnnouncementPlanner(new()).Plan(config, snapshot with { LiveSpeakers = alive.Remove(owned.Key) }, Status);
            foreach (ObjectKey service in owned)
                Assert.Equal(new Heir(then.Services[service].Layer2 is { IsEmpty: false } next ? next[0].Node : null), planner.HeirOf(service));
        }
    }

    private static Layer2StatusView Recorded(ObjectKey service, string node) => new(new("lbspeaker-system", "l2-" + service.Name), service, node, true, [], []);

    private static ServiceHolding Status(ServiceView service) => ServiceHolding.OfStatus(service, null);

    /// <summary>One advertisement for all nodes and one, of another pool, that prefers some and has two for its own.</summary>
    private static CompiledConfig Config { get; } = new(
        [Pool("main", "192.0.2.0"), Pool("other", "198.51.100.0")],
        [
            new(new("lbspeaker-system", "main"), ["main"], [], [], [], [new PreferredNodes(1, Labelled("preferred", "yes"))]),
            new(new("lbspeaker-system", "other"), ["other"], [Labelled("part", "a")], [], [], []),
        ],
        []);

    private static LabelSelector Labelled(string key, string value) => new([new SelectorRequirement(key, SelectorOperator.In, [value])]);

    private static CompiledPool Pool(string name, string prefix) =>
        new(name, LabelSet.Empty, PoolState.Ready, [IpRange.OfPrefix(IpAddress.Parse(prefix), 24)], [], true, false, 0, null, [], false);

    private static NodeView Node(string name, bool preferred) => new(name)
    {
        Labels = LabelSet.From([new("preferred", preferred ? "yes" : "no"), new("part", string.CompareOrdinal(name, "node02") < 0 ? "a" : "b")]),
    };

    private static ServiceView Service(string name, int age, params string[] addresses) => new(new ObjectKey("default", name))
    {
        IsLoadBalancer = true,
        Age = new(DateTimeOffset.UnixEpoch.AddDays(age % 5), 0),
        Ingress = [.. addresses.Distinct().Select(a => new IngressView(a, null))],
    };

    private static EndpointSliceView Slice(string service, params string[] nodes) =>
        new(new("default", service + "-1"), service, [.. nodes.Distinct().Select(n => new EndpointView(n, true, true))]);
}
