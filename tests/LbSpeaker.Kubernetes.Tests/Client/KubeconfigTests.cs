using System.Security.Cryptography.X509Certificates;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Testing.Access;

namespace LbSpeaker.Kubernetes.Tests.Client;

/// <summary>Kubeconfigs against a server that says whom it saw.</summary>
public sealed class KubeconfigTests : IDisposable
{
    private readonly AccessFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static IEnumerable<object[]> LetIn() => AccessFolder.LetIn.Select(c => (object[])[c.User, c.Seen]);

    [Theory]
    [MemberData(nameof(LetIn))]
    public async Task A_user_is_seen_as_the_kubeconfig_says(string user, string seen)
    {
        await using Gatekeeper server = new(folder.Server);
        Assert.Equal($"HTTP 403: seen {seen}", await AskAsync(folder.Kubeconfig(user, server.Port)));
    }

    [Fact]
    public async Task A_server_must_carry_the_name_that_it_is_asked_by()
    {
        await using Gatekeeper server = new(folder.Server);
        Assert.StartsWith("the server's certificate (CN=api) does not carry the name", await AskAsync(folder.Kubeconfig("{}", server.Port, server: "https://localhost")), StringComparison.Ordinal);
        Assert.Equal("HTTP 403: seen nobody", await AskAsync(folder.Kubeconfig("{}", server.Port, ", certificate-authority: ca.crt, tls-server-name: kubernetes.default.svc", "https://localhost")));
        Assert.Equal("HTTP 403: seen nobody", await AskAsync(folder.Kubeconfig("{}", server.Port, ", insecure-skip-tls-verify: true", "https://localhost")));
    }

    [Fact]
    public async Task A_server_must_come_from_the_authority_of_the_cluster()
    {
        await using Gatekeeper server = new(folder.Server);
        using X509Certificate2 other = CertificateMaker.Root("other-ca");
        folder.Write("other.crt", other.ExportCertificatePem());
        Assert.StartsWith("the server's certificate (CN=api) is not trusted", await AskAsync(folder.Kubeconfig("{}", server.Port, ", certificate-authority: other.crt")), StringComparison.Ordinal);
        Assert.StartsWith("the server's certificate (CN=api) is not trusted", await AskAsync(folder.Kubeconfig("{}", server.Port, "")), StringComparison.Ordinal);
    }

    /// <summary>The authority may be a bundle, a root above an intermediate, or an intermediate alone.</summary>
    [Fact]
    public async Task An_authority_may_be_an_intermediate()
    {
        using X509Certificate2 root = CertificateMaker.Root("root"), intermediate = CertificateMaker.Intermediate(root, "intermediate"), leaf = CertificateMaker.Leaf(intermediate, "api", "127.0.0.1");
        using X509Certificate2 stranger = CertificateMaker.Intermediate(root, "stranger");
        await using Gatekeeper server = new(leaf, intermediate);
        foreach ((X509Certificate2[] authorities, bool isTrusted) in (((X509Certificate2[], bool)[])[([root], true), ([intermediate], true), ([stranger], false), ([stranger, root], true)]))
        {
            folder.Write("ca.crt", string.Join("\n", authorities.Select(a => a.ExportCertificatePem())));
            string answer = await AskAsync(folder.Kubeconfig("{}", server.Port));
            Assert.Equal(isTrusted, answer == "HTTP 403: seen nobody");
        }
    }

    [Theory]
    [InlineData("{token: 12345}", "users[0].user.token: expected a string")]
    [InlineData("{as: root, token: abc}", "user test asks for as, which is not supported here")]
    [InlineData("{auth-provider: {name: oidc}}", "user test asks for auth-provider, which is not supported here")]
    [InlineData("{client-certificate: nowhere.crt, client-key: client.key}", "Could not find file")]
    [InlineData("{client-certificate: client.crt, client-key: token.txt}", "key")]
    [InlineData("{client-certificate-data: '!', client-key-data: '!'}", "user test: client-certificate-data is not Base64")]
    [InlineData("{exec: {apiVersion: client.authentication.k8s.io/v1}}", "exec names no command")]
    [InlineData("{exec: {apiVersion: v1, command: ./plugin.sh}}", "exec: expected the apiVersion client.authentication.k8s.io/v1 or v1beta1")]
    [InlineData("{exec: {apiVersion: client.authentication.k8s.io/v1, command: lbspeaker-no-such-plugin}}", "the credential plugin lbspeaker-no-such-plugin cannot be run")]
    [InlineData("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, args: [fail]}}", "ended with exit code 3")]
    [InlineData("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, args: [nonsense]}}", "did not print JSON")]
    [InlineData("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, interactiveMode: Always}}", "must be asked interactively")]
    public void A_user_that_cannot_be_used_is_one_line_without_secrets(string user, string expected)
    {
        string message = Refusal(folder.Kubeconfig(user, port: 1));
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("12345", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret words", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("current-context: nowhere", "there is no context named nowhere; known: a")]
    [InlineData("contexts: [{name: a}]", "it has no current-context")]
    [InlineData("current-context: a", "there is no cluster named k; known: none")]
    [InlineData("current-context: a\nclusters: [{name: k, cluster: {}}]", "cluster k has no server")]
    [InlineData("current-context: a\nclusters: [{name: k, cluster: {server: 'localhost:8080'}}]", "cluster k: expected a server such as https://192.0.2.1:6443, got localhost:8080")]
    [InlineData("current-context: a\nclusters: [{name: k, cluster: {server: 'https://127.0.0.1:1', certificate-authority-data: eA==}}]", "cluster k: certificate-authority holds no certificate in PEM")]
    [InlineData("current-context: a\nclusters: [{name: k, cluster: {server: 'https://127.0.0.1:1', proxy-url: 'http://127.0.0.1:2'}}]", "cluster k asks for proxy-url, which is not supported here")]
    [InlineData("current-context: [a", "expected YAML")]
    public void A_kubeconfig_that_leads_nowhere_says_why(string text, string expected) =>
        Assert.Contains(expected, Refusal(folder.Write("kubeconfig", text + (text.Contains("contexts:", StringComparison.Ordinal) ? "" : "\ncontexts: [{name: a, context: {cluster: k}}]\n"))), StringComparison.Ordinal);

    /// <summary>As kubectl merges the files of KUBECONFIG: the first that names an entry has it.</summary>
    [Fact]
    public void Of_several_files_the_first_has_its_way()
    {
        string first = folder.Write("first", "current-context: a\nclusters: [{name: k, cluster: {server: 'http://127.0.0.1:1'}}]\n");
        string second = folder.Write("second", "current-context: b\ncontexts: [{name: a, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: 'http://127.0.0.1:2'}}]\n");
        Assert.Equal(new Uri("http://127.0.0.1:1/"), Kubeconfig.Read([first, second]).Server);
    }

    [Fact]
    public void A_context_that_is_named_goes_before_the_current_one_and_may_name_a_namespace()
    {
        string file = folder.Write("several", """
            current-context: a
            contexts: [{name: a, context: {cluster: one}}, {name: b, context: {cluster: two, namespace: shop}}]
            clusters: [{name: one, cluster: {server: 'http://127.0.0.1:1'}}, {name: two, cluster: {server: 'http://127.0.0.1:2'}}]
            """);
        using KubernetesApi current = KubernetesApi.Connect(file, TimeProvider.System, new()), named = KubernetesApi.Connect(file, TimeProvider.System, new(), "b");
        Assert.Equal(("http://127.0.0.1:1/", "default"), (current.Server.AbsoluteUri, current.Namespace));
        Assert.Equal(("http://127.0.0.1:2/", "shop"), (named.Server.AbsoluteUri, named.Namespace));
        Assert.Contains("there is no context named c; known: a, b", Assert.Throws<KubeconfigException>(() => KubernetesApi.Connect(file, TimeProvider.System, new(), "c")).Message, StringComparison.Ordinal);
    }

    /// <summary>At once, by whatever clock; what is there half, or not at all for a moment, changes nothing.</summary>
    [Fact]
    public async Task A_token_file_that_is_written_anew_counts_at_the_next_request()
    {
        await using Gatekeeper server = new(folder.Server);
        using KubernetesApi api = KubernetesApi.Connect(folder.Kubeconfig("{tokenFile: token.txt}", server.Port), TimeProvider.System, new());
        async Task<string> SeenAsync() => (await api.GetAsync("version", default)).ToString();

        string file = folder.Write("token.txt", "");
        Assert.Equal($"{file} holds no token", await SeenAsync());
        folder.Write("token.txt", "first\n");
        Assert.Equal("HTTP 403: seen Bearer first", await SeenAsync());
        folder.Write("token.txt", "second");
        Assert.Equal("HTTP 403: seen Bearer second", await SeenAsync());
        folder.Write("token.txt", "third\nand more");
        Assert.Equal("HTTP 403: seen Bearer second", await SeenAsync());
        File.Delete(file);
        Assert.Equal("HTTP 403: seen Bearer second", await SeenAsync());
        folder.Write("token.txt", "third");
        Assert.Equal("HTTP 403: seen Bearer third", await SeenAsync());
    }

    private static async Task<string> AskAsync(string kubeconfig)
    {
        using KubernetesApi api = KubernetesApi.Connect(kubeconfig, TimeProvider.System, new());
        return (await api.GetAsync("version", default)).ToString();
    }

    private static string Refusal(string kubeconfig)
    {
        KubeconfigException refusal = Assert.Throws<KubeconfigException>(() => KubernetesApi.Connect(kubeconfig, TimeProvider.System, new()));
        Assert.StartsWith($"kubeconfig {kubeconfig} (--kubeconfig) cannot be used: ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        return refusal.Message;
    }
}
