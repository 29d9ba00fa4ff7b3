using System.Diagnostics;

namespace LbSpeaker.Testing.Network;

/// <summary>Commands of the machine.</summary>
public static class Command
{
    /// <summary>For the slowest command on a machine that has much else to do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The output; throws where the command fails.</summary>
    public static string Run(string command, params string[] arguments)
    {
        (int code, string output) = Try(command, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{command} {string.Join(' ', arguments)}: {output.Trim()} (exit code {code})");
    }

    /// <summary>Output and errors together.</summary>
    public static (int ExitCode, string Output) Try(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            throw new TimeoutException($"{command} {string.Join(' ', arguments)} did not end");
        }
        return (process.ExitCode, output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult());
    }

    public static bool Exists(string command) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin").Any(d => File.Exists(Path.Combine(d, command)));
}
