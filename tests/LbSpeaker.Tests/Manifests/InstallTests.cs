using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LbSpeaker.Commands;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Lab.Tests.Server;
using LbSpeaker.Layer2;
using LbSpeaker.Speaker;
using LbSpeaker.Lab.Api.Http;

namespace LbSpeaker.Tests.Manifests;

/// <summary>The ways to install have one content, and what they install runs well and with little leave.</summary>
public sealed partial class InstallTests
{
    private static readonly string Folder = Repository.PathOf("manifests");

    private static IReadOnlyList<JsonObject> Whole => Kustomization.Build(Folder);

    [Fact]
    public void The_one_file_is_the_kustomization() => ManifestSet.AssertEqual(Whole, ManifestSet.Parse(File.ReadAllText(Path.Combine(Folder, "lbspeaker.yaml"))));

    [KubectlFact]
    public Task The_kustomization_is_built_by_kubectl_as_by_us() => BuildsAsync("kubectl");

    [OldKubectlFact]
    public Task The_kustomization_is_built_by_the_kubectl_of_Debian_as_by_us() => BuildsAsync(Kubectl.Old!);

    /// <summary>The kustomization names file by file what lies in folders.</summary>
    [Theory]
    [InlineData("crds")]
    [InlineData("rbac")]
    public void Nothing_of_a_folder_is_left_out(string folder)
    {
        string[] there = [.. Directory.GetFiles(Path.Combine(Folder, folder), "*.yaml").Where(f => !f.EndsWith("kustomization.yaml", StringComparison.Ordinal))];
        Assert.NotEmpty(there);
        Assert.Empty(there.SelectMany(f => ManifestSet.Parse(File.ReadAllText(f))).Select(NameOf).Except(Whole.Select(NameOf)));

        static string NameOf(JsonObject manifest) => $"{manifest["kind"]} {manifest["metadata"]!["name"]}";
    }

    private static async Task BuildsAsync(string binary)
    {
        await using Kubectl server = await Kubectl.StartAsync(), kubectl = Kubectl.For(server.Server, binary);
        ManifestSet.AssertEqual(ManifestSet.Parse(await kubectl.OkAsync("kustomize", Folder)), Whole);
    }

    [KubectlFact]
    public Task One_file_installs_all() => InstallsAsync("kubectl");

    [OldKubectlFact]
    public Task One_file_installs_all_with_the_kubectl_of_Debian() => InstallsAsync(Kubectl.Old!);

    private static async Task InstallsAsync(string binary)
    {
        await using Kubectl server = await Kubectl.StartAsync(), kubectl = Kubectl.For(server.Server, binary);
        string[] created = (await kubectl.OkAsync("apply", "-f", Path.Combine(Folder, "lbspeaker.yaml"))).TrimEnd().Split('\n');
        Assert.Equal(Whole.Count, created.Count(l => l.EndsWith(" created", StringComparison.Ordinal)));
        // kubectl replaces the selector of a PodDisruptionBudget each time.
        Assert.All((await kubectl.OkAsync("apply", "-f", Path.Combine(Folder, "lbspeaker.yaml"))).TrimEnd().Split('\n').Where(l => !l.StartsWith("poddisruptionbudget", StringComparison.Ordinal)), l => Assert.EndsWith(" unchanged", l, StringComparison.Ordinal));
    }

    /// <summary>What the README tells a newcomer to apply, on a server for each command; the tables of its text count too.</summary>
    [KubectlFact]
    public async Task The_commands_of_the_README_apply()
    {
        string[] commands = [.. Apply().Matches(File.ReadAllText(Path.Combine(Folder, "README.md"))).Select(m => m.Groups[1].Value.Trim()).Distinct()];
        Assert.True(commands.Length >= 4, string.Join('\n', commands));
        foreach (string command in commands)
        {
            await using Kubectl kubectl = await Kubectl.StartAsync();
            // Policies and the like come after the namespace that they are in.
            await kubectl.OkAsync("create", "namespace", "lbspeaker-system");
            await kubectl.OkAsync(["apply", .. command.Split(' ').Select(w => w.StartsWith("manifests/", StringComparison.Ordinal) ? Repository.PathOf(w) : w)]);
        }
    }

    [Fact]
    public void A_controller_meets_the_pod_security_level_restricted()
    {
        JsonNode pod = Pod("Deployment");
        Assert.Null(pod["hostNetwork"]);
        Assert.Null(pod["volumes"]);
        Assert.Equal("""{"runAsNonRoot":true,"runAsUser":65532,"runAsGroup":65532,"seccompProfile":{"type":"RuntimeDefault"}}""", pod["securityContext"]!.ToJsonString());
        Assert.Equal("""{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}""", Container("Deployment")["securityContext"]!.ToJsonString());
    }

    [Fact]
    public void A_speaker_has_three_capabilities_and_nothing_else_of_root()
    {
        Assert.Equal("RuntimeDefault", Pod("DaemonSet")["securityContext"]!["seccompProfile"]!["type"]!.GetValue<string>());
        Assert.Equal("""{"runAsUser":0,"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"],"add":["NET_RAW","NET_BIND_SERVICE","SYS_NICE"]}}""",
            Container("DaemonSet")["securityContext"]!.ToJsonString());
        Assert.Null(Container("DaemonSet")["resources"]!["limits"]);
    }

    [Theory]
    [InlineData("Deployment", null)]
    [InlineData("DaemonSet", "127.0.0.1")]
    public void Probes_ask_where_the_daemon_listens(string kind, string? host)
    {
        JsonNode container = Container(kind);
        string[] args = [.. container["args"]!.AsArray().Select(a => a!.GetValue<string>())];
        Assert.Contains("--listen-all", args);
        foreach ((string port, string flag) in (ReadOnlySpan<(string, string)>)[("metrics", "--port="), ("health", "--health-probe-port=")])
            Assert.Contains(flag + container["ports"]!.AsArray().Single(p => p!["name"]!.GetValue<string>() == port)!["containerPort"], args);
        foreach ((string probe, string path) in (ReadOnlySpan<(string, string)>)[("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")])
            Assert.Equal((host, path, "health"), (container[probe]!["httpGet"]!["host"]?.GetValue<string>(), container[probe]!["httpGet"]!["path"]!.GetValue<string>(), container[probe]!["httpGet"]!["port"]!.GetValue<string>()));
        // It is a command line that the binary takes.
        Assert.Empty(RootVerb.Build(CalledAs.Itself).Parse(args).Errors);
    }

    /// <summary>127.0.0.2 stands for an address of the Pod: who listens on 127.0.0.1 alone does not answer there.</summary>
    [Theory]
    [InlineData(true, false, true, true)]
    [InlineData(true, true, true, false)]
    [InlineData(false, false, false, false)]
    public async Task Metrics_and_probes_are_served_where_they_are_asked(bool all, bool probesOnLoopback, bool metricsAnswer, bool probesAnswer)
    {
        (int metrics, int health) = (FreePort(), FreePort());
        DaemonSettings settings = new(null, "lbspeaker-system", ["lbspeaker-system"], null, false, "error", metrics, new(IsSecure: false, null, AllowsTls12: true), health, all, "pod", probesOnLoopback);
        using CancellationTokenSource stop = new();
        Waiting work = new();
        using KubernetesMetrics kubernetes = new();
        using KubernetesApi api = new(new HttpClient(), new Uri("http://127.0.0.1:1"), null, TimeProvider.System, kubernetes);
        Task daemon = DaemonHost.RunAsync(settings, api, _ => work, stop.Token);
        using HttpClient client = new() { Timeout = TimeSpan.FromSeconds(20) };
        try
        {
            Assert.Equal("not ready: it waits\n", await AnswerAsync("127.0.0.1", health, "readyz", untilThere: true));
            Assert.NotNull(await AnswerAsync("127.0.0.1", metrics, "metrics", untilThere: true));
            Assert.Equal(metricsAnswer, await AnswerAsync("127.0.0.2", metrics, "metrics") is not null);
            Assert.Equal(probesAnswer, await AnswerAsync("127.0.0.2", health, "healthz") is not null);
        }
        finally
        {
            await stop.CancelAsync();
            work.Stopping.TrySetResult();
            await Task.WhenAny(daemon);
        }

        async Task<string?> AnswerAsync(string address, int port, string path, bool untilThere = false)
        {
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
            while (true)
                try
                {
                    using HttpResponseMessage response = await client.GetAsync($"http://{address}:{port}/{path}", patience.Token);
                    return await response.Content.ReadAsStringAsync(patience.Token);
                }
                catch (HttpRequestException)
                {
                    if (!untilThere) return null;
                    await Task.Delay(1, patience.Token);
                }
        }
    }

    [Fact]
    public void The_excluded_interfaces_are_those_that_are_built_in()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, Whole.Single(o => o["kind"]!.GetValue<string>() == "ConfigMap")["data"]!["excludel2.yaml"]!.GetValue<string>());
        Assert.Equal(new Layer2Options().ExcludedInterfaces.ToString(), ExcludedInterfaces.Read(file).ExcludedInterfaces.ToString());
        File.Delete(file);
    }

    [Fact]
    public void Policies_name_pods_and_ports_that_are_there()
    {
        foreach (JsonObject policy in Kustomization.Build(Path.Combine(Folder, "networkpolicies")))
        {
            JsonNode[] pods = [.. Whole.Where(o => o["spec"]?["template"] is { } template && policy["spec"]!["podSelector"]!["matchLabels"]!.AsObject().All(l => template["metadata"]!["labels"]![l.Key]?.ToString() == l.Value!.ToString()))];
            HashSet<string> ports = [.. Kustomization.Containers((JsonObject)Assert.Single(pods)).SelectMany(c => c["ports"]!.AsArray()).Select(p => p!["name"]!.GetValue<string>())];
            Assert.All(policy["spec"]!["ingress"]!.AsArray().SelectMany(r => r!["ports"]!.AsArray()), p => Assert.Contains(p!["port"]!.GetValue<string>(), ports));
        }
    }

    private static JsonNode Pod(string kind) => Whole.Single(o => o["kind"]!.GetValue<string>() == kind)["spec"]!["template"]!["spec"]!;

    private static JsonNode Container(string kind) => Assert.Single(Pod(kind)["containers"]!.AsArray())!;

    /// <summary>Below those that the kernel gives to whoever asks for any: other tests do all the time.</summary>
    private static int FreePort()
    {
        for (int tries = 0; tries < 100; tries++)
            try
            {
                using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Any, Random.Shared.Next(20_000, 30_000));
                listener.Start();
                return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (System.Net.Sockets.SocketException)
            {
            }
        throw new InvalidOperationException("a hundred ports are in use");
    }

    [GeneratedRegex(@"kubectl apply ([^`\n|]+)")]
    private static partial Regex Apply();

    private sealed class Waiting : IDaemonWork
    {
        public TaskCompletionSource Stopping { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? NotReady => "it waits";

        public Task RunAsync(CancellationToken stopping) => Stopping.Task.WaitAsync(stopping);
    }
}
