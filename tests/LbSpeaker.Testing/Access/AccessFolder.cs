using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace LbSpeaker.Testing.Access;

/// <summary>
/// A folder with a kubeconfig for a <see cref="Gatekeeper"/> and what its entries name: <c>ca.crt</c>, <c>client.crt</c>, <c>client.key</c> (CN=alice),
/// <c>token.txt</c> and <c>plugin.sh</c>.
/// </summary>
public sealed class AccessFolder : IDisposable
{
    /// <summary>Ways of being let in: the entry of a user, and whom the gatekeeper sees.</summary>
    public static IReadOnlyList<(string User, string Seen)> LetIn { get; } =
    [
        ("{}", "nobody"),
        ("{token: abc}", "Bearer abc"),
        ("{tokenFile: token.txt, token: unused}", "Bearer from-file"),
        ("{username: alice, password: secret}", "Basic YWxpY2U6c2VjcmV0"),
        ("{client-certificate: client.crt, client-key: client.key}", "CN=alice"),
        ("{client-certificate-data: $CERT, client-key-data: $KEY}", "CN=alice"),
        ("{client-certificate-data: $CERT, client-key-data: $KEY, token: abc}", "CN=alice; Bearer abc"),
        ("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, args: [token, two words], env: [{name: GREETING, value: hello}], interactiveMode: Never}}", "Bearer two_words-hello"),
        ("{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin.sh, args: [cluster], provideClusterInfo: true, interactiveMode: IfAvailable}}", "Bearer server-ca"),
        ("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, args: [certificate]}}", "CN=alice"),
        ("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin.sh, args: [expired]}}", "Bearer run-2"),
    ];

    private const string Plugin = """
        #!/bin/sh
        # Prints an ExecCredential as the first argument says. A word on standard error is no failure.
        echo "a word of the plugin" >&2
        cd "$(dirname "$0")"
        version=$(printf %s "$KUBERNETES_EXEC_INFO" | sed 's/.*"apiVersion":"\([^"]*\)".*/\1/')
        say() { printf '{"apiVersion":"%s","kind":"ExecCredential","status":{%s}}' "$version" "$1"; }
        case "$1" in
          token) say "\"token\":\"$(printf %s "$2" | tr ' ' _)-$GREETING\"" ;;
          cluster) say "\"token\":\"$(printf %s "$KUBERNETES_EXEC_INFO" | grep -q '"server":"https://127.0.0.1:' && printf server-)$(printf %s "$KUBERNETES_EXEC_INFO" | grep -q '"certificate-authority-data":"LS' && printf ca)\"" ;;
          certificate) say "\"clientCertificateData\":\"$(awk '{printf "%s\\n", $0}' client.crt)\",\"clientKeyData\":\"$(awk '{printf "%s\\n", $0}' client.key)\"" ;;
          expired) echo x >>runs; say "\"token\":\"run-$(grep -c x runs)\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\"" ;;
          fail) exit 3 ;;
          *) echo "secret words" ;;
        esac
        """;

    private readonly X509Certificate2 authority = CertificateMaker.Root("cluster-ca");

    public AccessFolder()
    {
        Server = CertificateMaker.Leaf(authority, "api", "127.0.0.1", "kubernetes.default.svc");
        using X509Certificate2 alice = CertificateMaker.Leaf(authority, "alice");
        Write("ca.crt", authority.ExportCertificatePem());
        Write("client.crt", alice.ExportCertificatePem());
        Write("client.key", alice.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Write("token.txt", "from-file\n");
        string plugin = Write("plugin.sh", Plugin);
        if (OperatingSystem.IsLinux()) File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("lbspeaker-access-").FullName;

    /// <summary>For a gatekeeper at 127.0.0.1, also known as kubernetes.default.svc.</summary>
    public X509Certificate2 Server { get; }

    /// <param name="user">The user's entry, a YAML flow mapping.</param>
    /// <param name="cluster">More fields of the cluster's, each with a comma before it.</param>
    /// <returns>The path of the kubeconfig.</returns>
    public string Kubeconfig(string user, int port, string cluster = ", certificate-authority: ca.crt", string server = "https://127.0.0.1") => Write("kubeconfig", $$$"""
        apiVersion: v1
        kind: Config
        current-context: test
        contexts: [{name: test, context: {cluster: test, user: test}}]
        clusters: [{name: test, cluster: {server: '{{{server}}}:{{{port}}}'{{{cluster}}}}}]
        users:
        - name: test
          user: {{{user.Replace("$CERT", Encoded("client.crt"), StringComparison.Ordinal).Replace("$KEY", Encoded("client.key"), StringComparison.Ordinal)}}}
        """);

    public string Write(string name, string content)
    {
        string path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        Server.Dispose();
        authority.Dispose();
    }

    private string Encoded(string name) => Convert.ToBase64String(Encoding.ASCII.GetBytes(File.ReadAllText(System.IO.Path.Combine(Path, name))));
}
