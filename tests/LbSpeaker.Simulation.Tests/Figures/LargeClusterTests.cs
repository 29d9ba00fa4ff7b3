using System.Diagnostics;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat;
using LbSpeaker.Heartbeat.Judging;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Simulation.Tests.Virtual;
using LbSpeaker.Speaker;
using LbSpeaker.Testing.Heartbeats;
using Xunit.Abstractions;

// The schedules take all cores, and figures are of a machine that does nothing else.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace LbSpeaker.Simulation.Tests.Figures;

/// <summary>What a large cluster costs; printed, and held against loose bounds.</summary>
public sealed class LargeClusterTests(ITestOutputHelper output)
{
    private const int Nodes = 1000, Addresses = 10_000;

    [Fact]
    public void A_node_sends_and_receives_no_more_in_a_thousand_than_its_neighbors_make()
    {
        VirtualCluster cluster = new(1, Nodes, NetworkQuality.Good, isSettled: true);
        double interval = HeartbeatSettings.Default.Interval.ToTimeSpan().TotalSeconds;
        int most = cluster.Nodes.Max(n => n.State.Roster.Watched.Count);
        output.WriteLine($"at rest a node sends and receives {most / interval:0} heartbeats a second");
        Assert.InRange(most / interval, 1, 200);

        cluster.Crash(cluster.Nodes.First().Name);
        cluster.Run(TimeSpan.FromSeconds(1));
        output.WriteLine($"in the second after a death a node sends {cluster.Nodes.Max(n => n.Sent)} datagrams more, {cluster.Nodes.Average(n => n.Sent):0.0} on average");
        Assert.InRange(cluster.Nodes.Max(n => n.Sent), 1, 400);
        Assert.All(cluster.Nodes.Skip(1), n => Assert.Equal(MemberState.Dead, n.State.ViewOf(cluster.Nodes.First().Name).State));
    }

    [Fact]
    public void At_rest_nothing_is_written_but_one_renewal_a_node_and_second()
    {
        World world = new(1, 5, traces: false);
        world.StartController();
        foreach (string name in world.Names) world.Join(name);
        for (int i = 0; i < 8; i++) world.SetService(i, isDual: false, endpoints: null);
        world.Run(World.Seconds(10));
        (int writes, int renewals) = (world.Api.Writes, world.Api.Renewals);
        world.Run(World.Seconds(60));
        Assert.Equal(0, world.Api.Writes - writes);
        Assert.InRange(world.Api.Renewals - renewals, 5 * 55, 5 * 60);
        world.Watcher.IsOver = true;
        foreach (string name in world.Names) world.Kill(name);
    }

    [Fact]
    public void A_death_is_planned_for_in_time()
    {
        SpeakerState state = new("node-0000", loadBalancerClass: null, ignoreExcludeLabel: false);
        string[] names = [.. Enumerable.Range(0, Nodes).Select(i => $"node-{i:0000}")];
        void See(ClusterRecord record) => state.Apply(new ClusterChange.Upserted(record));
        ConfigRecord Config(ClusterKind kind, ConfigDeclaration declaration) => new(kind, declaration, "1", "{}", new(null, [], null));
        DeclarationMeta meta = new("IPAddressPool", new(World.OwnNamespace, "p"));
        See(Config(ClusterKind.IPAddressPool, new IPAddressPoolDeclaration(meta) { Addresses = ["2001:db8::/112"] }));
        See(Config(ClusterKind.L2Advertisement, new L2AdvertisementDeclaration(meta with { Kind = "L2Advertisement" })));
        See(new NamespaceRecord(new("default", LabelSet.Empty)));
        foreach (string name in names) See(new NodeRecord(new NodeView(name), name));
        for (int i = 0; i < Addresses; i++)
        {
            ObjectKey key = new("default", $"s{i}");
            IpAddress address = IpAddress.Parse($"2001:db8::{i:x}");
            See(new ServiceRecord(new ServiceView(key) { Uid = key.Name, IsLoadBalancer = true, Ingress = [new(address.ToString(), null)] }, "1", [], [null]));
            See(new EndpointSliceRecord(new(key, key.Name, [new(names[i % Nodes], true, true)])));
            See(new Layer2StatusRecord(new(new(World.OwnNamespace, $"l2-{i}"), key, names[i % Nodes], true, [], []) { Addresses = [address] }, "1", ""));
        }
        state.Apply(new ClusterChange.SpeakersChanged([.. names], [.. names]));
        SpeakerTurn before = state.Turn(default);
        Assert.Equal(Addresses / Nodes, before.Plan.Layer2.Addresses.Count);

        state.Apply(new ClusterChange.SpeakersChanged([.. names.SkipLast(1)], [.. names]));
        Stopwatch watch = Stopwatch.StartNew();
        SpeakerTurn after = state.Turn(default);
        output.WriteLine($"{Addresses} addresses on {Nodes} nodes are planned anew in {watch.Elapsed.TotalMilliseconds:0} ms");
        Assert.DoesNotContain(after.Plan.Services.Values, a => a.Layer2.Any(l => l.Node == names[^1]));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }
}
