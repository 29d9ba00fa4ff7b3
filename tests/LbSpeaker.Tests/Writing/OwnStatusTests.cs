using System.Text.Json.Nodes;
using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Tests.Lab;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Tests.Writing;

/// <summary>What a speaker says of its BGP sessions and announcements, against the embedded API server: ServiceBGPStatus and NodeState.</summary>
public sealed class OwnStatusTests : IAsyncLifetime
{
    private const string Namespace = "lbspeaker-system", Statuses = $"apis/metallb.io/v1beta1/namespaces/{Namespace}/servicebgpstatuses", States = $"apis/lbspeaker.io/v1alpha1/namespaces/{Namespace}/nodestates";

    private static readonly ObjectKey Web = new("default", "web"), Other = new("default", "other");
    private static readonly BgpServiceReport Told = new(["r1", "r2"], ["r1"]);

    private LabCluster lab = null!;
    private readonly List<Writers> running = [];

    public async Task InitializeAsync() => lab = await LabCluster.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (Writers writers in running) await writers.DisposeAsync();
        await lab.DisposeAsync();
    }

    private IReadOnlyList<JsonObject> All => lab.All("metallb.io", "servicebgpstatuses");

    private JsonObject? Status(ObjectKey service, string node) => lab.Find("metallb.io", "servicebgpstatuses", Namespace, ServiceBgpStatusWriter.NameOf(service, node));

    /// <param name="pod">Null for one that knows of no Pod.</param>
    private async Task<Writers> StartAsync(string node, string? pod = null)
    {
        if (pod is not null) await lab.ApplyAsync(Objects.Pod(pod));
        Writers writers = new(lab, node, pod is null ? null : new OwnerPod(pod, UidOf(pod)));
        running.Add(writers);
        return writers;
    }

    private string UidOf(string pod) => lab.Find("", "pods", Namespace, pod)!["metadata"]!["uid"]!.GetValue<string>();

    private static Dictionary<ObjectKey, BgpServiceReport?> Reports(params (ObjectKey Service, BgpServiceReport? Report)[] reports) => reports.ToDictionary(r => r.Service, r => r.Report);

    private static string Said(string node, ObjectKey service, string peers, string announcedTo) =>
        $$"""{"announcedTo":{{announcedTo}},"node":"{{node}}","peers":{{peers}},"serviceName":"{{service.Name}}","serviceNamespace":"{{service.Namespace}}"}""";

    private static string Canonical(JsonObject? status) => status is null ? "" : new JsonObject(status.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))).ToJsonString();

    private Task UntilStands(ObjectKey service, string node, string peers, string announcedTo) => lab.UntilAsync(
        () => Canonical(Status(service, node)?["status"] as JsonObject) == Said(node, service, peers, announcedTo),
        () => $"{service} on {node} says {Canonical(Status(service, node)?["status"] as JsonObject)}");

    [Fact]
    public async Task Each_node_has_an_object_for_each_Service_and_sees_its_own_alone()
    {
        Writers n1 = await StartAsync("n1", "a"), n2 = await StartAsync("n2");
        n1.Set(Reports((Web, Told)), isComplete: true);
        n2.Set(Reports((Web, Told with { OnWire = [] })), isComplete: true);
        await UntilStands(Web, "n1", """["r1","r2"]""", """["r1"]""");
        await UntilStands(Web, "n2", """["r1","r2"]""", "[]");
        JsonNode metadata = Status(Web, "n1")!["metadata"]!;
        Assert.Equal("""{"metallb.io/node":"n1","metallb.io/service-name":"web","metallb.io/service-namespace":"default"}""", metadata["labels"]!.ToJsonString());
        Assert.Equal(UidOf("a"), metadata["ownerReferences"]![0]!["uid"]!.GetValue<string>());

        await lab.QuietAsync(TimeSpan.FromSeconds(2));
        Assert.Equal([ServiceBgpStatusWriter.NameOf(Web, "n1")], n1.Seen());
        Assert.Equal([ServiceBgpStatusWriter.NameOf(Web, "n2")], n2.Seen());
    }

    [Fact]
    public async Task Only_what_changed_is_written_and_without_peers_the_object_goes()
    {
        Writers n1 = await StartAsync("n1");
        n1.Set(Reports((Web, Told), (Other, Told)), isComplete: true);
        await UntilStands(Other, "n1", """["r1","r2"]""", """["r1"]""");
        await UntilStands(Web, "n1", """["r1","r2"]""", """["r1"]""");
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(2));
        n1.Set(Reports((Web, Told), (Other, Told with { OnWire = ["r1", "r2"] })), isComplete: false);
        await UntilStands(Other, "n1", """["r1","r2"]""", """["r1","r2"]""");
        Assert.Equal(before + 1, await lab.QuietAsync(TimeSpan.FromSeconds(2)));

        n1.Set(Reports((Web, new([], [])), (Other, null)), isComplete: false);
        await lab.UntilAsync("both to be gone", () => All.Count == 0);
    }

    [Fact]
    public async Task Hand_edits_are_put_right()
    {
        Writers n1 = await StartAsync("n1");
        n1.Set(Reports((Web, Told)), isComplete: true);
        await UntilStands(Web, "n1", """["r1","r2"]""", """["r1"]""");
        string path = $"{Statuses}/{ServiceBgpStatusWriter.NameOf(Web, "n1")}";
        await lab.PatchAsync(path + "/status", """{"status":{"peers":["x"],"announcedTo":["x"]}}""");
        await UntilStands(Web, "n1", """["r1","r2"]""", """["r1"]""");
        await lab.PatchAsync(path + "/status", """{"status":null}""");
        await UntilStands(Web, "n1", """["r1","r2"]""", """["r1"]""");
        // Out of sight of the watch, which asks for the label.
        await lab.PatchAsync(path, """{"metadata":{"labels":null}}""");
        await lab.UntilAsync("the label to be back", () => Status(Web, "n1")?["metadata"]?["labels"]?["metallb.io/node"]?.GetValue<string>() == "n1");
        await lab.DeleteAsync(path);
        await UntilStands(Web, "n1", """["r1","r2"]""", """["r1"]""");
    }

    [Fact]
    public async Task A_restart_writes_what_differs_and_clears_away_what_is_announced_no_more()
    {
        Writers first = await StartAsync("n1", "a");
        first.Set(Reports((Web, Told), (Other, Told)), isComplete: true);
        await UntilStands(Web, "n1", """["r1","r2"]""", """["r1"]""");
        await UntilStands(Other, "n1", """["r1","r2"]""", """["r1"]""");
        await first.DisposeAsync();
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(1));

        Writers again = await StartAsync("n1", "a");
        again.Set(Reports((Web, Told)), isComplete: false);
        await again.SyncedAsync();
        Assert.Equal(before, await lab.QuietAsync(TimeSpan.FromSeconds(2)));
        again.Set(Reports((Web, Told)), isComplete: true);
        await lab.UntilAsync("the other to be gone", () => Status(Other, "n1") is null);
        Assert.Equal(before + 1, await lab.QuietAsync(TimeSpan.FromSeconds(2)));

        // Another Pod on the same node takes the object over, or it would go with the old Pod.
        await again.DisposeAsync();
        Writers next = await StartAsync("n1", "b");
        next.Set(Reports((Web, Told)), isComplete: true);
        await lab.UntilAsync("the new owner", () => Status(Web, "n1")?["metadata"]?["ownerReferences"]?[0]?["uid"]?.GetValue<string>() == UidOf("b"));
    }

    [Fact]
    public async Task A_node_says_how_its_sessions_are()
    {
        DateTimeOffset since = new(2026, 1, 31, 12, 0, 0, 500, TimeSpan.Zero);
        NodeReport report = new("n1", [new("r1", "192.0.2.1:179", BgpSessionView.Established, since, "", "Up"), new("r2", "192.0.2.2:179", "Connect", since, "refused", "")]);
        Writers n1 = await StartAsync("n1", "a");
        n1.Set(report);
        JsonObject? State() => lab.Find("lbspeaker.io", "nodestates", Namespace, "n1");
        const string Expected = """{"sessions":[{"bfd":"Up","peer":"r1","router":"192.0.2.1:179","since":"2026-01-31T12:00:00Z","state":"Established"},{"message":"refused","peer":"r2","router":"192.0.2.2:179","since":"2026-01-31T12:00:00Z","state":"Connect"}],"sessionsTotal":2,"sessionsUp":1}""";
        string Now() => State()?["status"] is not JsonObject status ? "" : new JsonObject
        {
            ["sessions"] = new JsonArray([.. ((JsonArray)status["sessions"]!).Select(s => JsonNode.Parse(Canonical((JsonObject)s!)))]),
            ["sessionsTotal"] = status["sessionsTotal"]?.DeepClone(),
            ["sessionsUp"] = status["sessionsUp"]?.DeepClone(),
        }.ToJsonString();
        await lab.UntilAsync(() => Now() == Expected, Now);
        Assert.Equal(UidOf("a"), State()!["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>());
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(2));
        n1.Set(report with { });
        Assert.Equal(before, await lab.QuietAsync(TimeSpan.FromSeconds(2)));

        await lab.PatchAsync($"{States}/n1/status", """{"status":{"sessionsUp":7}}""");
        await lab.UntilAsync(() => Now() == Expected, Now);
        await lab.DeleteAsync($"{States}/n1");
        await lab.UntilAsync(() => Now() == Expected, Now);
        Assert.Throws<ArgumentException>(() => n1.Set(new NodeReport("n2", [])));
    }

    /// <summary>Who else reads the object needs the interfaces at once; the addresses are for people, and there may be many.</summary>
    [Fact]
    public async Task Addresses_are_told_at_leisure_and_all_else_at_once()
    {
        DateTimeOffset since = new(2026, 1, 31, 12, 0, 0, 500, TimeSpan.Zero);
        FirstOf<OwnedAddress> Of(params string[] addresses) => new(addresses.Length, addresses.Select(a => new OwnedAddress(IpAddress.Parse(a), Web, since)).ToValueArray());
        string Addresses() => string.Join(' ', (lab.Find("lbspeaker.io", "nodestates", Namespace, "n1")?["status"]?["addresses"] as JsonArray)?.Select(a => a!["address"]!.GetValue<string>()) ?? []);
        Writers n1 = await StartAsync("n1", "a");
        NodeReport report = new("n1", []) { Owned = Of("192.0.2.1"), Version = "1" };
        n1.Set(report);
        await lab.UntilAsync(() => Addresses() == "192.0.2.1", Addresses);
        int before = await lab.QuietAsync(TimeSpan.FromSeconds(6));
        for (int i = 2; i < 30; i++) n1.Set(report with { Owned = Of("192.0.2.1", $"192.0.2.{i}") });
        await lab.UntilAsync(() => Addresses() == "192.0.2.1 192.0.2.29", Addresses);
        Assert.InRange(await lab.QuietAsync(TimeSpan.FromSeconds(6)) - before, 1, 3);
        n1.Set(report with { Owned = Of("192.0.2.2") });
        n1.Set(report with { Owned = Of("192.0.2.3"), Interfaces = [new("eth0", new(1), true, true)] });
        await lab.UntilAsync("the interface to stand there", () => lab.Find("lbspeaker.io", "nodestates", Namespace, "n1")?["status"]?["interfaces"] is JsonArray { Count: 1 });
        await lab.UntilAsync(() => Addresses() == "192.0.2.3", Addresses);
    }

    [Fact]
    public async Task Without_the_definitions_of_both_kinds_it_is_ready_and_writes_when_they_are_there()
    {
        foreach (string definition in (string[])["servicebgpstatuses.metallb.io", "nodestates.lbspeaker.io"]) await lab.DeleteAsync($"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition}");
        Writers n1 = await StartAsync("n1");
        await n1.SyncedAsync();
        n1.Set(Reports((Web, Told)), isComplete: true);
        lab.Clock.Rate = 50;
        foreach (string file in (string[])["metallb.io_servicebgpstatuses.yaml", "lbspeaker.io_nodestates.yaml"])
            await lab.ApplyAsync(await File.ReadAllTextAsync(Repository.PathOf("manifests", "crds", file)));
        await UntilStands(Web, "n1", """["r1","r2"]""", """["r1"]""");
    }

    /// <summary>Both writers as a speaker runs them, fed by a speaker's feed.</summary>
    private sealed class Writers : IAsyncDisposable
    {
        private readonly Lock gate = new();
        private readonly CancellationTokenSource stop = new();
        private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Wire wire;
        private readonly KubernetesMetrics metrics = new();
        private readonly KubernetesApi api;
        private readonly ServiceBgpStatusWriter statuses;
        private readonly NodeStateWriter state;
        private readonly HashSet<string> seen = [];
        private readonly Task running;

        public Writers(LabCluster lab, string node, OwnerPod? pod)
        {
            wire = new(node, lab.Write);
            api = new(new HttpClient(wire) { Timeout = Timeout.InfiniteTimeSpan }, lab.Server.BaseAddress, null, lab.Clock, metrics);
            ILoggerFactory logs = lab.Log.For(node);
            statuses = new(api, Namespace, node, Task.FromResult(pod), logs.CreateLogger<ServiceBgpStatusWriter>());
            state = new(api, Namespace, node, Task.FromResult(pod), logs.CreateLogger<NodeStateWriter>());
            Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>();
            ClusterFeed feed = new(api, FeedScope.Speaker(Namespace, [Namespace], node), mailbox.Writer, metrics, logs.CreateLogger<ClusterFeed>());
            running = Task.WhenAll(
                Task.Run(() => feed.RunAsync(stop.Token)), Task.Run(() => statuses.RunAsync(stop.Token)), Task.Run(() => state.RunAsync(stop.Token)), Task.Run(() => LoopAsync(mailbox.Reader)));
        }

        public Task SyncedAsync() => synced.Task.WaitAsync(LabCluster.Patience);

        public void Set(IReadOnlyDictionary<ObjectKey, BgpServiceReport?> reports, bool isComplete)
        {
            lock (gate)
            {
                statuses.SetDesired(reports, isComplete);
                if (synced.Task.IsCompleted) statuses.Flush();
            }
        }

        public void Set(NodeReport report)
        {
            lock (gate)
            {
                state.SetDesired(report);
                if (synced.Task.IsCompleted) state.Flush();
            }
        }

        public string[] Seen()
        {
            lock (gate) return [.. seen];
        }

        public async ValueTask DisposeAsync()
        {
            if (stop.IsCancellationRequested) return;
            wire.Die();
            await stop.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            api.Dispose();
            wire.Dispose();
            metrics.Dispose();
        }

        private async Task LoopAsync(ChannelReader<ClusterChange> mailbox)
        {
            await foreach (ClusterChange change in mailbox.ReadAllAsync(stop.Token))
                lock (gate)
                {
                    if (change is ClusterChange.Upserted { Record: Kubernetes.Resources.BgpStatusRecord record }) seen.Add(record.Key.Name);
                    statuses.Observe(change);
                    state.Observe(change);
                    if (change is ClusterChange.Ready) synced.SetResult();
                    if (!synced.Task.IsCompleted) continue;
                    statuses.Flush();
                    state.Flush();
                }
        }
    }
}
