using System.Diagnostics;

namespace LbSpeaker.Bench.Cluster;

/// <summary>A program under measurement: started here, its last words kept for whoever asks what went wrong, and ended by its pid.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private const int Kept = 10;

    private readonly Process process;
    private readonly Queue<string> lines = new();

    private Daemon(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static Daemon Start(IReadOnlyList<string> commandLine)
    {
        ProcessStartInfo start = new(commandLine[0], commandLine.Skip(1)) { RedirectStandardError = true, RedirectStandardOutput = true };
        return new(Process.Start(start) ?? throw new InvalidOperationException($"{commandLine[0]} did not start"));
    }

    public ProcessUsage Usage => ProcessUsage.Of(process.Id);

    public string LastWords
    {
        get
        {
            lock (lines) return string.Join('\n', lines);
        }
    }

    /// <summary>By SIGKILL: it gives nothing back and says nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (lines)
        {
            lines.Enqueue(line);
            if (lines.Count > Kept) lines.Dequeue();
        }
    }
}
