using System.Net;
using System.Net.Sockets;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Lab.Api;
using LbSpeaker.Lab.Api.Http;
using LbSpeaker.Observability;
using LbSpeaker.Tests.Http;
using LbSpeaker.Tests.Lab;
using LbSpeaker.Tests.Manifests;
using LbSpeaker.Tests.Preview;
using LbSpeaker.Trace;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Tests.Trace;

/// <summary>Against an API server that enforces roles, with <c>manifests/trace</c> applied to it: who sees packets, and which of several speakers is asked.</summary>
public sealed class TraceAccessTests : IAsyncLifetime, IDisposable
{
    private const string Account = "system:serviceaccount:lbspeaker-system:lbspeaker-trace", Line = "12:03:04.000 node-a eth0 < ARP who-has 192.0.2.10 from 192.0.2.1 (02:00:00:00:00:aa)  answered\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lbspeaker-trace-access-");
    private readonly KubernetesMetrics metrics = new();
    private LabCluster lab = null!;
    private KubernetesApi api = null!;
    private MetricsGuard guard = null!;
    private RunningEndpoint speaker = null!;

    public async Task InitializeAsync()
    {
        lab = await LabCluster.StartAsync(LabCluster.WithRoles with
        {
            Tokens = new Dictionary<string, string>(LabCluster.WithRoles.Tokens) { ["trace"] = Account, ["stranger"] = "system:serviceaccount:lbspeaker-system:stranger" },
        });
        await lab.ApplyAsync(Kustomization.Build(Repository.PathOf("manifests", "rbac")).Concat(ManifestSet.Parse(await File.ReadAllTextAsync(Repository.PathOf("manifests", "trace", "access.yaml")))).Select(m => Yaml.Write(m)));
        api = new(new HttpClient(), lab.Server.BaseAddress, (request, _) =>
        {
            request.Headers.Authorization = new("Bearer", "speaker");
            return Task.CompletedTask;
        }, lab.Clock, metrics);
        guard = new(new AccessReviews(api).ReviewAsync, lab.Clock);
        TraceBuffer buffer = new();
        buffer.Add(TraceKind.Arp, TraceDirection.In, new(2030, 1, 1, 12, 3, 4, TimeSpan.Zero), "eth0", TraceOutcome.Answered, "",
            Convert.FromHexString("ffffffffffff0200000000aa080600010800060400010200000000aac0000201000000000000c000020a"));
        TracePage page = new(buffer, "node-a");
        speaker = RunningEndpoint.Start(
            clock => new LbSpeaker.Http.ServerCertificate(null, allowsTls12: false, clock, NullLogger.Instance), async (request, ct) => await guard.RefuseAsync(request, ct) ?? page.Answer(request), TracePage.Path);
    }

    public async Task DisposeAsync()
    {
        await speaker.DisposeAsync();
        await lab.DisposeAsync();
    }

    public void Dispose()
    {
        guard.Dispose();
        api.Dispose();
        metrics.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_account_is_let_in_and_another_is_not()
    {
        string place = $"127.0.0.1:{speaker.Port}";
        Assert.Equal(new CommandLine(0, Line, ""), await CommandLine.RunAsync("trace", "192.0.2.10", "--speaker", place, "--token-file", await TokenAsync("trace")));
        Assert.Equal(
            new CommandLine(2, "", $"lbspeaker: the speaker at {place} refuses: 403 system:serviceaccount:lbspeaker-system:stranger may not get /debug/trace: a ClusterRole with nonResourceURLs allows it\n"),
            await CommandLine.RunAsync("trace", "192.0.2.10", "--speaker", place, "--token-file", await TokenAsync("stranger")));
        Assert.Equal(403, (await guard.RefuseAsync(new("GET", "/metrics", "Bearer trace"), default))?.Status);
    }

    /// <summary>Its token is shown to whoever answers in a speaker's place.</summary>
    [Fact]
    public void The_account_may_do_one_thing()
    {
        Assert.Equal($"lbspeaker-system:{SpeakerAccess.Account}", Account["system:serviceaccount:".Length..]);
        PolicyRule rule = Assert.Single(new Authorizer(lab.Server.Parts).RulesOf(Account));
        Assert.True(rule.Allows(new Deed("get", null, TracePage.Path, "", "")));
        Assert.False(rule.Allows(new Deed("get", null, "/metrics", "", "")));
        Assert.False(rule.Allows(new Deed("post", null, TracePage.Path, "", "")));
    }

    [Fact]
    public async Task Of_several_speakers_one_that_fails_is_named_and_the_others_are_shown()
    {
        // Bound and not listened on: nobody else is given it.
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await SpeakerAsync("node-b", ((IPEndPoint)taken.LocalEndPoint!).Port);
        await SpeakerAsync("node-a", speaker.Port);
        string fault = $"lbspeaker: the speaker of node-b ({taken.LocalEndPoint}) cannot be reached: Connection refused\n";
        Assert.Equal(new CommandLine(1, Line, fault), await TraceAsync());
        Assert.Equal(new CommandLine(0, Line, ""), await TraceAsync("--node", "node-a"));
        Assert.Equal(new CommandLine(2, "", fault), await TraceAsync("--node", "node-b"));
        Assert.Equal(new CommandLine(2, "", "lbspeaker: no speaker runs on node node-c; speakers run on node-a, node-b\n"), await TraceAsync("--node", "node-c"));
    }

    [Fact]
    public async Task Without_speakers_it_says_where_it_looked() =>
        Assert.Equal(new CommandLine(2, "", "lbspeaker: no speaker runs in namespace lbspeaker-system (--system-namespace)\n"), await TraceAsync());

    private async Task<CommandLine> TraceAsync(params string[] flags)
    {
        string kubeconfig = Path.Combine(folder.FullName, "kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, $$"""
            current-context: c
            contexts: [{name: c, context: {cluster: k, user: u} }]
            clusters: [{name: k, cluster: {server: "{{lab.Server.BaseAddress}}" } }]
            users: [{name: u, user: {token: people} }]
            """);
        return await CommandLine.RunAsync(["trace", "192.0.2.10", "--kubeconfig", kubeconfig, "--token-file", await TokenAsync("trace"), .. flags]);
    }

    private async Task<string> TokenAsync(string token)
    {
        string file = Path.Combine(folder.FullName, token);
        await File.WriteAllTextAsync(file, token);
        return file;
    }

    private async Task SpeakerAsync(string node, int port)
    {
        await lab.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: speaker-{{node}}, namespace: lbspeaker-system, labels: {app.kubernetes.io/name: lbspeaker, app.kubernetes.io/component: speaker} }
            spec: {nodeName: {{node}}, containers: [{name: speaker, image: lbspeaker, ports: [{name: metrics, containerPort: {{port}} }]}]}
            """);
        await lab.PatchAsync($"api/v1/namespaces/lbspeaker-system/pods/speaker-{node}/status", """{"status":{"podIP":"127.0.0.1"}}""");
    }
}
