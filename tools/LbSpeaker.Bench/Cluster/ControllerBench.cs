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

        long began = Stopwatch.GetTimestamp();
        await using Daemon daemon = Daemon.Start(controller);
        try
        {
            await watch.ReachAsync(services, patience, ct).ConfigureAwait(false);
            double all = Stopwatch.GetElapsedTime(began).TotalSeconds;
            ProcessUsage usage = daemon.Usage;
            Say("controller-all", [all], "s");
            Say("controller-cpu", [usage.Cpu.TotalSeconds], "s");
            Say("controller-rss", [usage.ResidentMebibytes], "MiB");

            Dictionary<string, long> created = await CreateAsync("burst", ct).ConfigureAwait(false);
            await watch.ReachAsync(2 * services, patience, ct).ConfigureAwait(false);
            Say("controller-burst", created.Select(c => Stopwatch.GetElapsedTime(c.Value, watch.SeenAt(c.Key)).TotalMilliseconds), "ms");
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException($"{failure.Message}; the controller's last words:\n{daemon.LastWords}", failure);
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

        void Say(string name, IEnumerable<double> values, string unit) =>
            output.WriteLine($"{name} {string.Join(' ', values.Select(v => v.ToString("0.###", CultureInfo.InvariantCulture)))} {unit}");
    }
}
