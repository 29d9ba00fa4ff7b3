using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using k8s.Authentication;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>
/// A credential plugin of a kubeconfig (<c>exec</c>, client.authentication.k8s.io): a program that prints a token or a client certificate. It is run at start,
/// so that what is wrong with it is said at once, and again shortly before what it gave expires. Its standard error goes to ours, its standard input is closed.
/// </summary>
/// <remarks>The package runs plugins too, but prepares them by reflection, takes every word on their standard error for a failure, and splits their arguments at blanks.</remarks>
internal sealed class ExecPlugin : ITokenProvider
{
    /// <summary>A plugin may ask a server of its own.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan RenewBefore = TimeSpan.FromSeconds(30);

    private readonly ProcessStartInfo start;
    private readonly string apiVersion;
    private readonly Lock gate = new();
    private volatile Credential credential;
    private Task<Credential>? renewing;

    private sealed record Credential(string? Token, X509Certificate2? Certificate, DateTimeOffset? Expires);

    /// <summary>What a plugin is told of the cluster where its kubeconfig says <c>provideClusterInfo</c>.</summary>
    internal sealed record ClusterInfo(string Server, string? ServerName, string? AuthorityPem);

    /// <summary>For the handshake of the next connection; null where the plugin gives tokens.</summary>
    public X509Certificate2? Certificate => credential.Certificate;

    private ExecPlugin(ProcessStartInfo start, string apiVersion)
    {
        this.start = start;
        this.apiVersion = apiVersion;
        credential = Run();
    }

    /// <exception cref="InvalidDataException">The entry is incomplete, or the program fails; the message is one line.</exception>
    public static ExecPlugin Start(ShapeReader exec, string folder, ClusterInfo? cluster)
    {
        string command = exec.Text("command") is { Length: > 0 } given ? given : throw new InvalidDataException("exec names no command");
        string apiVersion = exec.Text("apiVersion") is "client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1" ? exec.Text("apiVersion")!
            : throw new InvalidDataException("exec: expected the apiVersion client.authentication.k8s.io/v1 or v1beta1");
        if (exec.Text("interactiveMode") == "Always") throw new InvalidDataException($"exec: {command} must be asked interactively; log in first, or use a token");
        // A name without a slash is looked for in PATH, a path counts from the kubeconfig.
        ProcessStartInfo start = new(command.Contains('/', StringComparison.Ordinal) ? Path.Combine(folder, command) : command, exec.Texts("args"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (ShapeReader variable in exec.Objects("env"))
            if (variable.Text("name") is { Length: > 0 } name) start.Environment[name] = variable.Text("value") ?? "";
        start.Environment["KUBERNETES_EXEC_INFO"] = Info(apiVersion, cluster);
        return new(start, apiVersion);
    }

    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        Credential current = credential;
        if (IsStale(current)) current = await RenewAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        // The package puts whatever it gets on the request, and no header is none.
        return current.Token is { } token ? new("Bearer", token) : null!;
    }

    /// <summary>One run for all who wait.</summary>
    private Task<Credential> RenewAsync()
    {
        lock (gate)
        {
            if (!IsStale(credential)) return Task.FromResult(credential);
            if (renewing is null or { IsCompleted: true }) renewing = Task.Run(() => credential = Run());
            return renewing;
        }
    }

    private static bool IsStale(Credential credential) => credential.Expires is { } expires && DateTimeOffset.UtcNow + RenewBefore >= expires;

    private Credential Run()
    {
        using Process process = Begin();
        process.StandardInput.Close();
        using CancellationTokenSource patience = new(Patience);
        // Killed, it closes its output, and the reading ends.
        using CancellationTokenRegistration end = patience.Token.Register(() => process.Kill(entireProcessTree: true));
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (patience.IsCancellationRequested) throw Failed($"gave nothing within {Patience.TotalSeconds:0} s");
        return process.ExitCode == 0 ? Read(output) : throw Failed($"ended with exit code {process.ExitCode}");
    }

    private Process Begin()
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidDataException($"the credential plugin {start.FileName} cannot be run: {exception.Message}; install it, or put it in PATH", exception);
        }
    }

    private Credential Read(string output)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(output);
            ShapeFaults faults = new(refusesUnknownFields: false, hidesValues: true);
            ShapeReader root = ShapeReader.Of(document.RootElement, faults), status = root.Object("status");
            if (root.Text("kind") != "ExecCredential" || root.Text("apiVersion") != apiVersion) throw Failed($"did not print an ExecCredential of {apiVersion}");
            string? token = status.Text("token") is { Length: > 0 } given ? given : null;
            X509Certificate2? certificate = status.Text("clientCertificateData") is { Length: > 0 } pem && status.Text("clientKeyData") is { Length: > 0 } key ? X509Certificate2.CreateFromPem(pem, key) : null;
            DateTimeOffset? expires = status.Time("expirationTimestamp");
            if (!faults.ToValues().IsEmpty || token is null && certificate is null) throw Failed("printed neither a token nor a client certificate with its key");
            return new(token, certificate, expires);
        }
        catch (Exception exception) when (exception is JsonException or CryptographicException)
        {
            // What was printed may hold a secret: it is not repeated.
            throw Failed(exception is JsonException ? "did not print JSON" : "printed a certificate or key that is none");
        }
    }

    private static string Info(string apiVersion, ClusterInfo? cluster) => Encoding.UTF8.GetString(JsonBody.Of(json =>
    {
        json.WriteString("apiVersion", apiVersion);
        json.WriteString("kind", "ExecCredential");
        json.WriteStartObject("spec");
        json.WriteBoolean("interactive", false);
        if (cluster is not null)
        {
            json.WriteStartObject("cluster");
            json.WriteString("server", cluster.Server);
            if (cluster.ServerName is { } name) json.WriteString("tls-server-name", name);
            if (cluster.AuthorityPem is { } pem) json.WriteBase64String("certificate-authority-data", Encoding.UTF8.GetBytes(pem));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }));

    private InvalidDataException Failed(string how) => new($"the credential plugin {start.FileName} {how}");
}
