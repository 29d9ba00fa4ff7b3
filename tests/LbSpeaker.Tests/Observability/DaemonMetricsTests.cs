using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LbSpeaker.Lab.Api;
using LbSpeaker.Testing.Network;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Observability;

/// <summary>Both daemons as processes, in a network namespace with an API server that knows tokens: what they serve, to whom, and what Prometheus's linter says of it.</summary>
public sealed class DaemonMetricsTests : IAsyncLifetime, IDisposable
{
    private const string Right = "sesame", AlsoRight = "barley", Wrong = "rye";

    private readonly string folder = Directory.CreateTempSubdirectory("lbspeaker-metrics-").FullName;
    private readonly List<Process> daemons = [];
    private TestNetwork? network;
    private TestNamespace place = null!;
    private ApiServer? server;
    private Socket? listener;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (Process daemon in daemons)
        {
            if (!daemon.HasExited) daemon.Kill();
            await daemon.WaitForExitAsync();
            daemon.Dispose();
        }
        if (server is not null) await server.DisposeAsync();
    }

    public void Dispose()
    {
        listener?.Dispose();
        network?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [NetworkFact("curl", "promtool")]
    public async Task They_tell_those_whom_the_API_server_lets_and_say_it_well()
    {
        await StartAsync();
        (string Daemon, int Port)[] served = [("controller", 9120), ("speaker", 9121)];
        foreach ((string daemon, int port) in served)
        {
            await UntilAsync(daemon, () => Ask(port, Right) is (200, var told) && told.Contains("metallb_k8s_client_config_loaded_bool 1\n", StringComparison.Ordinal));
            Assert.Equal((401, "a bearer token is needed\n"), Ask(port, null));
            Assert.Equal((403, "the API server does not know this token\n"), Ask(port, Wrong));
            string text = Ask(port, Right).Body;
            Assert.Contains($"lbspeaker_{daemon}_plan_seconds_bucket{{le=\"+Inf\"}}", text, StringComparison.Ordinal);
            Assert.Contains("lbspeaker_k8s_silence_seconds{kind=\"Service\"} ", text, StringComparison.Ordinal);
            Assert.Contains("lbspeaker_build_info{version=\"", text, StringComparison.Ordinal);
            Assert.Equal("", Lint(daemon, text));
        }
        Assert.Contains("lbspeaker_layer2_ignored_total{reason=", Ask(9121, Right).Body, StringComparison.Ordinal);

        server!.Faults.Outage(TimeSpan.FromMinutes(5));
        foreach ((_, int port) in served)
        {
            (int status, string line) = Ask(port, AlsoRight);
            Assert.Equal(503, status);
            Assert.StartsWith("the API server does not say whether this token may: ", line, StringComparison.Ordinal);
            Assert.Equal(1, line.Count(c => c == '\n'));
        }
    }

    [NetworkFact("curl")]
    public async Task A_speaker_tells_what_it_sent_about_an_address_to_those_whom_the_API_server_lets()
    {
        await StartAsync();
        await UntilAsync("speaker", () => Trace(Right).Output.Contains("> ARP ", StringComparison.Ordinal));
        (int code, string told) = Trace(Right);
        Assert.Equal(0, code);
        Assert.All(told.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} node1 eth[01] [<>] ARP .*192\.0\.2\.10.*  (sent|answered|(not answered|heard|not sent): [A-Z]\w+)$", l));
        Assert.Equal((2, "lbspeaker: the speaker at [::1]:9121 refuses: 403 the API server does not know this token\n"), Trace(Wrong));
        Assert.Equal((401, "a bearer token is needed\n"), Ask(9121, null, "/debug/trace?address=192.0.2.10"));
        // A controller sees no packets.
        Assert.Equal(404, Ask(9120, Right, "/debug/trace?address=192.0.2.10").Status);

        (int Code, string Output) Trace(string token)
        {
            string file = Path.Combine(folder, "token");
            File.WriteAllText(file, token);
            return place.Try(Program, "trace", "192.0.2.10", "--speaker", "[::1]:9121", "--token-file", file);
        }
    }

    /// <summary>From its own folder: beside the tests it lacks what they have from another framework.</summary>
    private static string Program => Repository.PathOf(["src", "LbSpeaker", "bin", .. AppContext.BaseDirectory.Split('/', StringSplitOptions.RemoveEmptyEntries)[^2..], "lbspeaker"]);

    private async Task UntilAsync(string daemon, Func<bool> holds)
    {
        long began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(began) > LabCluster.Patience) Assert.Fail($"not within {LabCluster.Patience}: the metrics of the {daemon}; it said: {await File.ReadAllTextAsync(Path.Combine(folder, daemon + ".log"))}");
            await Task.Delay(50);
        }
    }

    /// <summary>What it finds but for MetalLB's names, which are as they are.</summary>
    private string Lint(string daemon, string text)
    {
        string file = Path.Combine(folder, daemon + ".prom");
        File.WriteAllText(file, text);
        (_, string found) = Command.Try("sh", "-c", $"promtool check metrics <{file}");
        return string.Concat(found.Split('\n').Where(l => l.Length > 0 && !l.StartsWith("metallb_", StringComparison.Ordinal)).Select(l => l + "\n"));
    }

    private (int Status, string Body) Ask(int port, string? token, string path = "/metrics")
    {
        string[] authorization = token is null ? [] : ["-H", $"Authorization: Bearer {token}"];
        (int code, string output) = place.Try("curl", ["-sk", "--max-time", "20", "-w", "\n%{http_code}", .. authorization, $"https://[::1]:{port}{path}"]);
        int end = output.LastIndexOf('\n');
        return code == 0 ? (int.Parse(output[(end + 1)..], System.Globalization.CultureInfo.InvariantCulture), output[..end]) : (0, output);
    }

    private async Task StartAsync()
    {
        network = new();
        place = network.Add();
        place.Ip("link add eth0 type veth peer name eth1");
        place.Ip("link set eth1 up");
        place.Ip("link set eth0 up");
        // Kept: a socket that nobody holds any more is closed, whoever serves on its handle.
        listener = place.Enter(() =>
        {
            Socket made = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            made.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            made.Listen();
            return made;
        });
        server = await ApiServer.StartAsync(
            new() { Listen = [new(IPAddress.Loopback, 0)], ListenHandles = [(ulong)listener.Handle], Tokens = new Dictionary<string, string> { [Right] = "admin", [AlsoRight] = "admin" } }, CancellationToken.None);
        string kubeconfig = Path.Combine(folder, "kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, server.Kubeconfig(new($"http://{listener.LocalEndPoint}")));
        using HttpClient people = new() { BaseAddress = server.BaseAddress };
        people.DefaultRequestHeaders.Authorization = new("Bearer", Right);
        foreach (string file in Directory.GetFiles(Repository.PathOf("manifests", "crds"), "*.io_*.yaml")) await CreateAsync("apis/apiextensions.k8s.io/v1/customresourcedefinitions", await File.ReadAllTextAsync(file));
        await CreateAsync("api/v1/namespaces", "{apiVersion: v1, kind: Namespace, metadata: {name: lbspeaker-system}}");
        await CreateAsync("api/v1/nodes", "{apiVersion: v1, kind: Node, metadata: {name: node1}}");
        await CreateAsync("apis/metallb.io/v1beta1/namespaces/lbspeaker-system/ipaddresspools", Objects.Pool("lan", "192.0.2.10-192.0.2.19"));
        await CreateAsync("apis/metallb.io/v1beta1/namespaces/lbspeaker-system/l2advertisements", Objects.Advertisement("all"));
        await CreateAsync("api/v1/namespaces/default/services", Objects.Service("web"));
        await CreateAsync("apis/discovery.k8s.io/v1/namespaces/default/endpointslices", Objects.Slice("web", "node1"));
        Run("controller", "--port", "9120");
        Run("speaker", "--port", "9121", "--node-name", "node1");

        async Task CreateAsync(string collection, string yaml)
        {
            using StringContent body = new(yaml, Encoding.UTF8, "application/yaml");
            using HttpResponseMessage response = await people.PostAsync(new Uri(collection, UriKind.Relative), body);
            Assert.True(response.IsSuccessStatusCode, $"{collection}: {await response.Content.ReadAsStringAsync()}");
        }

        void Run(string daemon, params string[] more)
        {
            string[] command = [Program, daemon, "--kubeconfig", kubeconfig, "--namespace", "lbspeaker-system", "--health-probe-port", "0", .. more];
            daemons.Add(Process.Start(new ProcessStartInfo("ip", ["netns", "exec", place.Name, "sh", "-c", $"exec \"$0\" \"$@\" >{Path.Combine(folder, daemon)}.log 2>&1", .. command]))!);
        }
    }
}
