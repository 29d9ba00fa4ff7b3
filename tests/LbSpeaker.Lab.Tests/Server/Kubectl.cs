using System.Diagnostics;
using LbSpeaker.Lab.Api;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>A test for the real kubectl; skipped where there is none on the PATH.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute()
    {
        if (!IsThere) Skip = "there is no kubectl on the PATH";
    }

    public static bool IsThere { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl")));
}

/// <summary>Runs kubectl against a server, in a folder of its own.</summary>
internal sealed class Kubectl : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kubectl").FullName;

    private Kubectl(ApiServer server)
    {
        Server = server;
        File.WriteAllText(Path.Combine(_folder, "kubeconfig"), server.Kubeconfig());
    }

    public ApiServer Server { get; }

    public static async Task<Kubectl> StartAsync(ApiServerOptions? options = null) =>
        new(await ApiServer.StartAsync(options ?? new ApiServerOptions(), CancellationToken.None));

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
        var start = new ProcessStartInfo("kubectl") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        foreach (var argument in (string[])["--kubeconfig", Path.Combine(_folder, "kubeconfig"), "--cache-dir", Path.Combine(_folder, "cache"), .. arguments]) start.ArgumentList.Add(argument);
        start.Environment["HOME"] = _folder;
        start.Environment["EDITOR"] = "sh " + Path.Combine(_folder, "editor.sh");
        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
