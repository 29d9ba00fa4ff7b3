using System.Diagnostics;

namespace LbSpeaker.Tests.Native;

/// <summary>How a run of <c>lbspeaker</c> ended.</summary>
internal sealed record Ending(int ExitCode, string Output, string Error);

/// <summary>The binary under test as a process: the one that LBSPEAKER_BINARY names, native or not.</summary>
internal static class LbSpeakerProcess
{
    /// <summary>Far beyond what any of these runs takes; a run that lasts so long is given up as a failure.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Null where there is none to test.</summary>
    public static string? Binary { get; } = Environment.GetEnvironmentVariable("LBSPEAKER_BINARY") is { Length: > 0 } path ? Path.GetFullPath(path, Repository.Root) : null;

    public static Task<Ending> RunAsync(params string[] arguments) => RunAsync([], [], arguments);

    /// <param name="before">A command that ends in running the binary, such as <c>setpriv --bounding-set=-net_raw</c>.</param>
    /// <param name="environment">Beside PATH and HOME; nothing else of ours is passed on.</param>
    public static Task<Ending> RunAsync(string[] before, (string Name, string Value)[] environment, params string[] arguments) => RunCommandAsync([.. before, Binary!, .. arguments], environment);

    /// <param name="command">A program and its arguments: the binary by another name, or what runs it.</param>
    public static async Task<Ending> RunCommandAsync(string[] command, params (string Name, string Value)[] environment)
    {
        using Process process = new() { StartInfo = new(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false } };
        process.StartInfo.Environment.Clear();
        process.StartInfo.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        process.StartInfo.Environment["HOME"] = "/nonexistent";
        foreach ((string name, string value) in environment) process.StartInfo.Environment[name] = value;
        process.Start();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource patience = new(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', command)} did not end within {Patience.TotalSeconds} s; it said: {await output}{await error}");
        }
        return new(process.ExitCode, await output, await error);
    }
}
