using System.Diagnostics;

namespace LbSpeaker.Interop.Tests.Bfd;

/// <summary>Programs of the machine.</summary>
internal static class Shell
{
    /// <summary>Runs to its end and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static string Run(string program, params IEnumerable<string> arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(TimeSpan.FromSeconds(20))) throw new InvalidOperationException($"{program} does not end");
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {output}{errors.Result}");
        return output;
    }

    public static Process Start(string program, params IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Looks until it holds, for as long as ten seconds; then fails with what was seen last.</summary>
    public static void Eventually(Func<string> look, Func<string, bool> holds)
    {
        DateTime end = DateTime.UtcNow + TimeSpan.FromSeconds(10);
        while (true)
        {
            string seen = look();
            if (holds(seen)) return;
            Assert.True(DateTime.UtcNow < end, $"last seen:\n{seen}");
            Thread.Sleep(50);
        }
    }
}
