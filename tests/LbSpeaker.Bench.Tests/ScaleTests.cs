using System.Net.Http.Json;
using System.Text.Json;
using System.Threading.Channels;
using LbSpeaker.Bench.Cluster;
using LbSpeaker.Bench.Scale;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Lab.Api;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Bench.Tests;

/// <summary>What the bench of a large cluster writes is what daemons need to see, and what it reads is what they tell.</summary>
public sealed class ScaleTests
{
    private const int Nodes = 4, Services = 10;

    [Fact]
    public async Task Nodes_whose_speakers_are_not_there_own_what_they_are_said_to_own()
    {
        await using ApiServer server = await ApiServer.StartAsync(new ApiServerOptions(), CancellationToken.None);
        using ApiClient api = new(server.BaseAddress);
        await new Seed(api).SurroundingsAsync(Path.Combine(AppContext.BaseDirectory, "crds"), ["198.18.0.0/24"], CancellationToken.None);
        Workload workload = new(api, Nodes);
        await new Fleet(api, Nodes).JoinAsync(CancellationToken.None);
        for (int i = 0; i < Services; i++)
        {
            string name = Workload.NameOf("web", i);
            await workload.CreateAsync(name, i, CancellationToken.None);
            await api.PatchAsync($"api/v1/namespaces/default/services/{name}/status", $$"""{"status":{"loadBalancer":{"ingress":[{"ip":"198.18.0.{{i}}"}]} } }""", CancellationToken.None);
            Assert.Equal($"198.18.0.{i}", await workload.OwnAsync(name, i, CancellationToken.None));
        }
        await workload.ChangeAsync(Workload.NameOf("web", 1), 1, isReady: false, CancellationToken.None);
        await workload.CreateHereAsync("here", CancellationToken.None);
        await api.PatchAsync("api/v1/namespaces/default/services/here/status", """{"status":{"loadBalancer":{"ingress":[{"ip":"198.18.0.99"}]}}}""", CancellationToken.None);

        ClusterSnapshot snapshot = await SeenAsync(server.BaseAddress);
        Assert.Equal([Fleet.NameOf(1), Fleet.NameOf(2), Fleet.NameOf(3)], snapshot.LiveSpeakers!);
        AnnouncementPlan plan = new AnnouncementPlanner(new AnnouncementOptions(Fleet.RealNode)).Plan(
            ConfigCompiler.Compile(snapshot), snapshot, service => ServiceHolding.OfStatus(service, null));
        for (int i = 0; i < Services; i++)
            // Nobody renews a Lease of the real node here.
            if (i % Nodes != 0) Assert.Equal(Fleet.NameOf(i % Nodes), Assert.Single(plan.Services[new("default", Workload.NameOf("web", i))].Layer2).Node);
        Assert.Equal([Fleet.NameOf(1)], snapshot.EndpointsOf(new("default", Workload.NameOf("web", 1))).ServingNodes);
        Assert.Equal([Fleet.RealNode], snapshot.EndpointsOf(new("default", "here")).ServingNodes);
    }

    [Fact]
    public async Task Writes_are_counted_by_whose_they_are_and_what_they_are_about()
    {
        await using ApiServer server = await ApiServer.StartAsync(new ApiServerOptions(), CancellationToken.None);
        using ApiClient api = new(server.BaseAddress);
        await api.PostJsonAsync("api/v1/nodes", """{"metadata":{"name":"ours"}}""", CancellationToken.None);
        Assert.Equal(0, (await WriteTally.ReadAsync(api, CancellationToken.None)).Total);

        using HttpClient daemon = new() { BaseAddress = server.BaseAddress };
        daemon.DefaultRequestHeaders.UserAgent.ParseAdd("lbspeaker");
        foreach (string name in (string[])["a", "a", "b"]) await PostAsync("api/v1/namespaces/default/services", $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"ports":[{"port":80}]} }""");
        await PostAsync("api/v1/namespaces", """{"metadata":{"name":"lbspeaker-system"}}""");
        await PostAsync("apis/coordination.k8s.io/v1/namespaces/lbspeaker-system/leases", """{"metadata":{"name":"lead"}}""");
        WriteTally tally = await WriteTally.ReadAsync(api, CancellationToken.None);
        Assert.Equal("3 services (POST), 1 namespaces (POST)", tally.Split);
        Assert.Equal((4, 3, 1, 1, 1), (tally.Total, tally.OfServices, tally.Renewals, tally.Refused, tally.AtOnce));

        await WriteTally.ClearAsync(api, CancellationToken.None);
        Assert.Equal("nothing", (await WriteTally.ReadAsync(api, CancellationToken.None)).Split);

        async Task PostAsync(string path, string json)
        {
            using HttpResponseMessage answer = await daemon.PostAsJsonAsync(path, JsonDocument.Parse(json));
        }
    }

    [Fact]
    public void The_longest_pause_is_the_bound_that_none_exceeds()
    {
        PauseHistogram before = Page(5, 9, 9), after = Page(7, 12, 12), slow = Page(7, 12, 13);
        Assert.Equal((0.005, 3), (after.LongestSince(before), after.CountSince(before)));
        Assert.Equal((0, 0), (after.LongestSince(after), after.CountSince(after)));
        Assert.Equal(double.PositiveInfinity, slow.LongestSince(after));
        Assert.Equal(0.005, before.LongestSince(PauseHistogram.Read("", "pause")));

        static PauseHistogram Page(int first, int second, int all) => PauseHistogram.Read($$"""
            # TYPE pause histogram
            pause_bucket{otel_scope_name="x",le="0.001"} {{first}} 1700000000
            pause_bucket{otel_scope_name="x",le="0.005"} {{second}} 1700000000
            pause_bucket{otel_scope_name="x",le="+Inf"} {{all}} 1700000000
            pause_sum{otel_scope_name="x"} 0.25
            other_bucket{le="+Inf"} 99
            """, "pause");
    }

    private static async Task<ClusterSnapshot> SeenAsync(Uri server)
    {
        using KubernetesMetrics metrics = new();
        using HttpClient client = new();
        using KubernetesApi api = new(client, server, null, TimeProvider.System, metrics);
        using CancellationTokenSource stop = new();
        Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>();
        ClusterFeed feed = new(api, FeedScope.Speaker(Seed.Home, [Seed.Home], Fleet.RealNode), mailbox.Writer, metrics, NullLogger<ClusterFeed>.Instance);
        Task running = feed.RunAsync(stop.Token);
        ClusterSnapshotBuilder builder = new();
        while (await mailbox.Reader.ReadAsync() is var change and not ClusterChange.Ready) builder.Apply(change);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return builder.Publish();
    }
}
