using LbSpeaker.Lab.Api;
using LbSpeaker.Testing.Access;

namespace LbSpeaker.Tests.Native;

/// <summary>The binary on its way to a cluster: every kind of credential, a Pod's service account, and a plan from a live API server.</summary>
public sealed class AccessProcessTests : IDisposable
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

    [NativeFact]
    public async Task A_cluster_is_planned_from_once_its_definitions_are_there()
    {
        await using ApiServer server = await ApiServer.StartAsync(new ApiServerOptions { Tls = true, Tokens = new Dictionary<string, string> { ["sesame"] = "admin" } }, default);
        string kubeconfig = folder.Write("lab", server.Kubeconfig());
        Ending bare = await LbSpeakerProcess.RunAsync("plan", "--kubeconfig", kubeconfig);
        Assert.Equal((2, ""), (bare.ExitCode, bare.Output));
        Assert.StartsWith("lbspeaker: the cluster could not be listed: the API server does not know ", bare.Error, StringComparison.Ordinal);

        using HttpClient client = new(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator }) { BaseAddress = server.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "sesame");
        foreach (string definition in Directory.GetFiles(Repository.PathOf("manifests", "crds"), "*.io_*.yaml")) await CreateAsync(client, "apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
        await CreateAsync(client, "api/v1/namespaces", Repository.PathOf("manifests", "namespace.yaml"));
        await CreateAsync(client, "apis/metallb.io/v1beta1/namespaces/lbspeaker-system/ipaddresspools", folder.Write("pool.yaml", """
            {apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {name: first}, spec: {addresses: [192.0.2.10-192.0.2.50]}}
            """));
        await CreateAsync(client, "api/v1/namespaces/default/services", folder.Write("web.yaml", """
            {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: LoadBalancer, ports: [{port: 80}]}}
            """));
        Ending whole = await LbSpeakerProcess.RunAsync("plan", "--kubeconfig", kubeconfig);
        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        Assert.Contains("  default/web  Assign  192.0.2.10  from first\n", whole.Output, StringComparison.Ordinal);
    }

    private static async Task CreateAsync(HttpClient client, string collection, string file)
    {
        using StringContent body = new(await File.ReadAllTextAsync(file), null, "application/yaml");
        using HttpResponseMessage answer = await client.PostAsync(new Uri(collection, UriKind.Relative), body);
        Assert.True(answer.IsSuccessStatusCode, $"{file}: {await answer.Content.ReadAsStringAsync()}");
    }
}
