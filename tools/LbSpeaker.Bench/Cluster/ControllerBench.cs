using System.Diagnostics;
using System.Globalization;

namespace LbSpeaker.Bench.Cluster;

/// <summary>A controller against an API server: first Services that have waited for it, then as many that are created while it runs.</summary>
internal static class ControllerBench
{
    private const int Creators = 8;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    /// <param name="controller">Its command line.</param>
    public static async Task RunAsync(Uri server, string crds, int services, IReadOnlyList<string> controller, TextWriter output, CancellationToken ct)
    {
        using ApiClient api = new(server);
        Seed seed = new(api);
        await seed.SurroundingsAsync(crds, ["198.18.0.0/16"], ct).ConfigureAwait(false);
        await seed.WarmUpAsync(ct).ConfigureAwait(false);
        await CreateAsync("waiting", ct).ConfigureAwait(false);
        await using AddressWatch watch = await AddressWatch.StartAsync(api, ct).ConfigureAwait(false);

        ProcessStartInfo start = new(controller[0], controller.Skip(1)) { RedirectStandardError = true, RedirectStandardOutput = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{controller[0]} did not start");
        Queue<string> lastWords = new();
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await watch.ReachAsync(services, patience, ct).ConfigureAwait(false);
            double all = Stopwatch.GetElapsedTime(began).TotalSeconds;
            ProcessUsage usage = ProcessUsage.Of(process.Id);
            Say("controller-all", [all], "s");
            Say("controller-cpu", [usage.Cpu.TotalSeconds], "s");
            Say("controller-rss", [usage.ResidentMebibytes], "MiB");

            Dictionary<string, long> created = await CreateAsync("burst", ct).ConfigureAwait(false);
            await watch.ReachAsync(2 * services, patience, ct).ConfigureAwait(false);
            Say("controller-burst", created.Select(c => Stopwatch.GetElapsedTime(c.Value, watch.SeenAt(c.Key)).TotalMilliseconds), "ms");
        }
        catch (TimeoutException failure)
        {
            lock (lastWords) throw new TimeoutException($"{failure.Message}; the controller's last words:\n{string.Join('\n', lastWords)}", failure);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        // Several at a time, as a deployment pipeline would. The time is that before the request: a user waits from then on.
        async Task<Dictionary<string, long>> CreateAsync(string prefix, CancellationToken ct)
        {
            Dictionary<string, long> begun = [];
            await Parallel.ForEachAsync(Enumerable.Range(0, services), new ParallelOptions { MaxDegreeOfParallelism = Creators, CancellationToken = ct }, async (i, token) =>
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i:00000}");
                lock (begun) begun[name] = Stopwatch.GetTimestamp();
                await seed.ServiceAsync(name, token).ConfigureAwait(false);
            }).ConfigureAwait(false);
            return begun;
        }

        void Keep(string? line)
        {
            if (line is null) return;
            lock (lastWords)
            {
                lastWords.Enqueue(line);
                if (lastWords.Count > 10) lastWords.Dequeue();
            }
        }

        void Say(string name, IEnumerable<double> values, string unit) =>
            output.WriteLine($"{name} {string.Join(' ', values.Select(v => v.ToString("0.###", CultureInfo.InvariantCulture)))} {unit}");
    }
}
