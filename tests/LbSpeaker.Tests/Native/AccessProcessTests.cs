using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LbSpeaker.Lab.Api;
using LbSpeaker.Testing.Access;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Native;

/// <summary>The binary on its way to a cluster: every kind of credential, a Pod's service account, and a plan from a live API server.</summary>
public sealed partial class AccessProcessTests : IDisposable
{
    private readonly AccessFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static IEnumerable<object[]> LetIn() => AccessFolder.LetIn.Select(c => (object[])[c.User, c.Seen]);

    [NativeTheory]
    [MemberData(nameof(LetIn))]
    public async Task A_user_is_seen_as_the_kubeconfig_says(string user, string seen)
    {
        await using Gatekeeper server = new(folder.Server);
        Ending ending = await LbSpeakerProcess.RunAsync("plan", "--kubeconfig", folder.Kubeconfig(user, server.Port));
        Assert.EndsWith($"lbspeaker: the API server https://127.0.0.1:{server.Port}/ cannot be asked: HTTP 403: seen {seen}; check the kubeconfig (--kubeconfig, KUBECONFIG)\n", ending.Error, StringComparison.Ordinal);
        Assert.Equal((2, ""), (ending.ExitCode, ending.Output));
    }

    /// <summary>The files of the service account lie where the kubelet puts them, in a mount namespace of the process's own.</summary>
    [NativeFact("unshare")]
    public async Task A_Pod_is_seen_by_its_service_account()
    {
        await using Gatekeeper server = new(folder.Server);
        const string script = """
            mount -t tmpfs none /var/run && d=/var/run/secrets/kubernetes.io/serviceaccount && mkdir -p $d && cp "$1/ca.crt" $d/ca.crt && printf pod-token >$d/token && printf ns >$d/namespace && shift && exec "$@"
            """;
        Ending ending = await LbSpeakerProcess.RunAsync(["unshare", "--mount", "sh", "-c", script, "sh", folder.Path],
            [("KUBERNETES_SERVICE_HOST", "127.0.0.1"), ("KUBERNETES_SERVICE_PORT", $"{server.Port}")], "plan");
        Assert.EndsWith("cannot be asked: HTTP 403: seen Bearer pod-token; check the kubeconfig (--kubeconfig, KUBECONFIG)\n", ending.Error, StringComparison.Ordinal);
    }

    /// <summary>The kubelet is late with the next one; the process is the same all the while.</summary>
    [NativeFact("unshare")]
    public async Task A_controller_in_a_Pod_goes_on_with_the_token_that_follows_one_that_has_ended()
    {
        ConcurrentDictionary<string, string> tokens = new() { ["sesame"] = "admin", ["first"] = "controller" };
        await using ApiServer server = await ApiServer.StartAsync(new ApiServerOptions { Tls = true, Tokens = tokens }, default);
        using HttpClient people = People(server);
        await DefineAsync(people);
        await ServiceAsync(people, "before");
        string account = Directory.CreateDirectory(Path.Combine(folder.Path, "account")).FullName, log = Path.Combine(folder.Path, "log");
        await File.WriteAllBytesAsync(Path.Combine(account, "ca.crt"), Convert.FromBase64String(AuthorityPattern().Match(server.Kubeconfig()).Groups[1].Value));
        await File.WriteAllTextAsync(Path.Combine(account, "namespace"), "lbspeaker-system");
        await File.WriteAllTextAsync(Path.Combine(account, "token"), "first");
        const string script = """
            mount -t tmpfs none /var/run && d=/var/run/secrets/kubernetes.io && mkdir -p $d && ln -s "$1" $d/serviceaccount && log=$2 && shift 2 && exec "$@" >"$log" 2>&1
            """;
        ProcessStartInfo start = new("unshare", ["--mount", "sh", "-c", script, "sh", account, log, LbSpeakerProcess.Binary!, "controller", "--namespace", "lbspeaker-system", "--port", "0", "--health-probe-port", "0"]);
        (start.Environment["KUBERNETES_SERVICE_HOST"], start.Environment["KUBERNETES_SERVICE_PORT"]) = ("127.0.0.1", $"{server.BaseAddress.Port}");
        start.Environment.Remove("KUBECONFIG");
        using Process controller = Process.Start(start)!;
        try
        {
            await UntilAsync(log, async () => await AddressAsync(people, "before") == "192.0.2.10");
            tokens.TryRemove("first", out _);
            await UntilAsync(log, async () => (await File.ReadAllTextAsync(log)).Contains("HTTP 401: Unauthorized, with the token that stands in /var/run/secrets/kubernetes.io/serviceaccount/token\"", StringComparison.Ordinal));
            tokens["second"] = "controller";
            await File.WriteAllTextAsync(Path.Combine(account, "token"), "second");
            await ServiceAsync(people, "after");
            await UntilAsync(log, async () => await AddressAsync(people, "after") == "192.0.2.11");
            Assert.False(controller.HasExited);
        }
        finally
        {
            controller.Kill();
            await controller.WaitForExitAsync();
        }
    }

    [NativeFact]
    public async Task A_cluster_is_planned_from_once_its_definitions_are_there()
    {
        await using ApiServer server = await ApiServer.StartAsync(new ApiServerOptions { Tls = true, Tokens = new Dictionary<string, string> { ["sesame"] = "admin" } }, default);
        string kubeconfig = folder.Write("lab", server.Kubeconfig());
        Ending bare = await LbSpeakerProcess.RunAsync("plan", "--kubeconfig", kubeconfig);
        Assert.Equal((2, ""), (bare.ExitCode, bare.Output));
        Assert.StartsWith("lbspeaker: the cluster could not be listed: the API server does not know ", bare.Error, StringComparison.Ordinal);

        using HttpClient people = People(server);
        await DefineAsync(people);
        await ServiceAsync(people, "web");
        Ending whole = await LbSpeakerProcess.RunAsync("plan", "--kubeconfig", kubeconfig);
        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        Assert.Contains("  default/web  Assign  192.0.2.10  from first\n", whole.Output, StringComparison.Ordinal);
    }

    private static HttpClient People(ApiServer server)
    {
        HttpClient people = new(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator }) { BaseAddress = server.BaseAddress };
        people.DefaultRequestHeaders.Authorization = new("Bearer", "sesame");
        return people;
    }

    /// <summary>The definitions, the namespace and a pool.</summary>
    private static async Task DefineAsync(HttpClient people)
    {
        foreach (string definition in Directory.GetFiles(Repository.PathOf("manifests", "crds"), "*.io_*.yaml")) await CreateAsync(people, "apis/apiextensions.k8s.io/v1/customresourcedefinitions", await File.ReadAllTextAsync(definition));
        await CreateAsync(people, "api/v1/namespaces", await File.ReadAllTextAsync(Repository.PathOf("manifests", "namespace.yaml")));
        await CreateAsync(people, "apis/metallb.io/v1beta1/namespaces/lbspeaker-system/ipaddresspools", "{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {name: first}, spec: {addresses: [192.0.2.10-192.0.2.50]}}");
    }

    private static Task ServiceAsync(HttpClient people, string name) => CreateAsync(people, "api/v1/namespaces/default/services", Objects.Service(name));

    private static async Task CreateAsync(HttpClient people, string collection, string yaml)
    {
        using StringContent body = new(yaml, null, "application/yaml");
        using HttpResponseMessage answer = await people.PostAsync(new Uri(collection, UriKind.Relative), body);
        Assert.True(answer.IsSuccessStatusCode, $"{collection}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static async Task<string?> AddressAsync(HttpClient people, string service) =>
        JsonNode.Parse(await people.GetStringAsync(new Uri($"api/v1/namespaces/default/services/{service}", UriKind.Relative)))!["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"]?.GetValue<string>();

    private static async Task UntilAsync(string log, Func<Task<bool>> holds)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(began) > LabCluster.Patience) Assert.Fail($"not within {LabCluster.Patience}; it said: {await File.ReadAllTextAsync(log)}");
            await Task.Delay(50);
        }
    }

    [GeneratedRegex("certificate-authority-data: \"?([A-Za-z0-9+/=]+)")]
    private static partial Regex AuthorityPattern();
}
