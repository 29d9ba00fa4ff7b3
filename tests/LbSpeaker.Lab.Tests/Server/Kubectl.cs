using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LbSpeaker.Lab.Api;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>A test for a present kubectl; skipped where there is none on the PATH, or one that does not know what is asked of it. Debian's has tests of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute()
    {
        if (!Kubectl.IsOnPath) Skip = "there is no kubectl on the PATH";
        else if (Kubectl.MinorOnPath.Value < Kubectl.Present) Skip = $"the kubectl on the PATH is 1.{Kubectl.MinorOnPath.Value}; this asks what is there from 1.{Kubectl.Present} on";
    }
}

/// <summary>For any kubectl, of many cases; skipped where there is none on the PATH.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KubectlTheoryAttribute : TheoryAttribute
{
    public KubectlTheoryAttribute()
    {
        if (!Kubectl.IsOnPath) Skip = "there is no kubectl on the PATH";
    }
}

/// <summary>A test for the kubectl 1.20 that Debian ships; skipped where tools/test.sh could not get it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OldKubectlFactAttribute : FactAttribute
{
    public OldKubectlFactAttribute()
    {
        if (Kubectl.Old is null) Skip = "no kubectl 1.20: LBSPEAKER_KUBECTL_OLD names none; tools/test.sh gets it from Debian's packages";
    }
}

/// <summary>Runs kubectl against a server, in a folder of its own.</summary>
internal sealed class Kubectl : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kubectl").FullName;

    private readonly string _binary;
    private readonly bool _ownsServer;

    private Kubectl(ApiServer server, string binary, bool ownsServer)
    {
        (Server, _binary, _ownsServer) = (server, binary, ownsServer);
        File.WriteAllText(Path.Combine(_folder, "kubeconfig"), server.Kubeconfig());
    }

    public static bool IsOnPath => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl")));

    /// <summary>The minor version from which on it has <c>--subresource</c> and lets the server validate.</summary>
    public const int Present = 25;

    public static Lazy<int> MinorOnPath { get; } = new(() =>
    {
        using var asked = Process.Start(new ProcessStartInfo("kubectl", ["version", "--client", "-o", "json"]) { RedirectStandardOutput = true })!;
        using var version = JsonDocument.Parse(asked.StandardOutput.ReadToEnd());
        // Some builds put a plus behind it.
        return int.Parse(version.RootElement.GetProperty("clientVersion").GetProperty("minor").GetString()!.TrimEnd('+'), CultureInfo.InvariantCulture);
    });

    /// <summary>Where kubectl 1.20 is; null where it is not.</summary>
    public static string? Old => Environment.GetEnvironmentVariable("LBSPEAKER_KUBECTL_OLD") is { Length: > 0 } path && File.Exists(path) ? path : null;

    public ApiServer Server { get; }

    public static async Task<Kubectl> StartAsync(ApiServerOptions? options = null) =>
        new(await ApiServer.StartAsync(options ?? new ApiServerOptions(), CancellationToken.None), "kubectl", ownsServer: true);

    /// <summary>For a server that is another's to end.</summary>
    public static Kubectl For(ApiServer server, string binary = "kubectl") => new(server, binary, ownsServer: false);

    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Fails unless kubectl ends well; answers what it printed.</summary>
    public async Task<string> OkAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);
        Assert.True(code == 0, $"kubectl {string.Join(' ', arguments)} ended with {code}: {error}");
        return output;
    }

    public async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(_binary) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        foreach (var argument in (string[])["--kubeconfig", Path.Combine(_folder, "kubeconfig"), "--cache-dir", Path.Combine(_folder, "cache"), .. arguments]) start.ArgumentList.Add(argument);
        start.Environment["HOME"] = _folder;
        start.Environment["EDITOR"] = "sh " + Path.Combine(_folder, "editor.sh");
        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownsServer) await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
