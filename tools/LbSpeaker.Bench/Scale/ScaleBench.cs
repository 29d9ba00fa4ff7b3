using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LbSpeaker.Bench.Cluster;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Bench.Scale;

/// <summary>A large cluster: two controllers and one of many speakers, from the first list to the death of leaders. One round.</summary>
internal sealed class ScaleBench(ScaleOptions options, ApiClient api, TextWriter output, TextWriter progress) : IAsyncDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(120);

    /// <summary>Longer than whatever a daemon saves up before it writes.</summary>
    private static readonly TimeSpan quiet = TimeSpan.FromSeconds(7);

    /// <summary>As the asker has it.</summary>
    private static readonly TimeSpan answerLimit = TimeSpan.FromMilliseconds(256);

    private readonly Fleet fleet = new(api, options.Nodes);
    private readonly Workload workload = new(api, options.Nodes);
    private readonly Dictionary<string, Daemon> controllers = new(StringComparer.Ordinal);
    private readonly HttpClient metrics = new();
    private Daemon? speaker;
    private int controllersStarted;

    public static async Task RunAsync(ScaleOptions options, TextWriter output, TextWriter progress, CancellationToken ct)
    {
        using ApiClient api = new(options.Server);
        await using ScaleBench bench = new(options, api, output, progress);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await new Seed(api).SurroundingsAsync(options.Crds, ["198.18.0.0/16"], ct).ConfigureAwait(false);
        await bench.fleet.JoinAsync(ct).ConfigureAwait(false);
        Task renewing = bench.fleet.RenewAsync(over.Token);
        Task measuring = bench.MeasureAsync(over.Token);
        try
        {
            // Without renewals every node but one would be taken for dead: then nothing is measured.
            await (await Task.WhenAny(measuring, renewing).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException($"{failure.Message}{bench.LastWords}", failure);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(measuring, renewing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Daemon controller in controllers.Values) await controller.DisposeAsync().ConfigureAwait(false);
        if (speaker is not null) await speaker.DisposeAsync().ConfigureAwait(false);
        metrics.Dispose();
    }

    private string LastWords => string.Concat(controllers.Values.Append(speaker).Where(d => d is not null).Select(d => $"\nlast words:\n{d!.LastWords}"));

    private async Task MeasureAsync(CancellationToken ct)
    {
        Tell($"{options.Services} Services with endpoints on {options.Nodes} nodes");
        await Workload.EachAsync(options.Services, async (i, token) => await workload.CreateAsync(Workload.NameOf("web", i), i, token).ConfigureAwait(false), ct).ConfigureAwait(false);
        await using AddressWatch watch = await AddressWatch.StartAsync(api, ct).ConfigureAwait(false);
        await AssignAllAsync(watch, ct).ConfigureAwait(false);

        Tell("what the speakers said");
        string asked = "";
        await Workload.EachAsync(options.Services, async (i, token) =>
        {
            string address = await workload.OwnAsync(Workload.NameOf("web", i), i, token).ConfigureAwait(false);
            if (i == 0) asked = address;
        }, ct).ConfigureAwait(false);
        speaker = Daemon.Start(options.Speaker);
        await SettleAsync(ct).ConfigureAwait(false);

        await RestAsync(ct).ConfigureAwait(false);
        await ChangeAsync(asked, ct).ConfigureAwait(false);
        await CountCreatedAsync(watch, ct).ConfigureAwait(false);
        await FailOverAsync(watch, ct).ConfigureAwait(false);
        await FailInBurstAsync(watch, ct).ConfigureAwait(false);
    }

    private async Task AssignAllAsync(AddressWatch watch, CancellationToken ct)
    {
        Tell("two controllers");
        await WriteTally.ClearAsync(api, ct).ConfigureAwait(false);
        long began = Stopwatch.GetTimestamp();
        StartController();
        StartController();
        await watch.ReachAsync(options.Services, patience, ct).ConfigureAwait(false);
        Say("scale-assigned", Stopwatch.GetElapsedTime(began).TotalSeconds, "s");
        await SettleAsync(ct).ConfigureAwait(false);
        WriteTally tally = await WriteTally.ReadAsync(api, ct).ConfigureAwait(false);
        Say("scale-assigned-at-once", tally.AtOnce, "writes");
        Say("scale-assigned-refused", tally.Refused, "writes");
        Note($"{options.Services} waiting Services: {tally.Split}");
    }

    private async Task RestAsync(CancellationToken ct)
    {
        Tell("at rest");
        ProcessUsage before = speaker!.Usage;
        await WriteTally.ClearAsync(api, ct).ConfigureAwait(false);
        await Task.Delay(options.Window, ct).ConfigureAwait(false);
        WriteTally tally = await WriteTally.ReadAsync(api, ct).ConfigureAwait(false);
        Say("scale-rest-writes", tally.Total, "writes");
        SayCpu("scale-rest-cpu", before);
        Note($"at rest for {options.Window.TotalSeconds:0} s one speaker and two controllers wrote: {tally.Renewals} Lease renewals, and beside them {tally.Split}");
    }

    /// <summary>Endpoints change, first with nobody asking, so that processor time is that of the changes alone; then with the asker.</summary>
    private async Task ChangeAsync(string asked, CancellationToken ct)
    {
        Tell($"{options.Changes} changes of endpoints a second");
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task changing = ChangeEndpointsAsync(over.Token);
        PauseHistogram pauses = await PausesAsync(ct).ConfigureAwait(false);
        ProcessUsage before = speaker!.Usage;
        await await Task.WhenAny(changing, Task.Delay(options.Window, ct)).ConfigureAwait(false);
        SayCpu("scale-speaker-cpu", before);

        Tell($"the same, and {asked} is asked for each millisecond");
        before = speaker.Usage;
        double[] answers = await AskAsync(asked, ct).ConfigureAwait(false);
        SayCpu("scale-asked-cpu", before);
        output.WriteLine($"scale-arp {string.Join(' ', answers.Select(a => a.ToString("0.#####", CultureInfo.InvariantCulture)))} ms");
        Say("scale-arp-missing", answers.Count(a => a >= answerLimit.TotalMilliseconds), "requests");
        await over.CancelAsync().ConfigureAwait(false);
        await changing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        PauseHistogram after = await PausesAsync(ct).ConfigureAwait(false);
        Say("scale-pause", after.LongestSince(pauses) * 1000, "ms");
        Note($"{after.CountSince(pauses)} garbage collections of the speaker meanwhile; the pause is the bound of the histogram that none exceeds");
        ProcessUsage usage = speaker.Usage, leader = controllers[await LeaderAsync(ct).ConfigureAwait(false)].Usage;
        Say("scale-speaker-rss", usage.ResidentMebibytes, "MiB");
        Say("scale-speaker-peak", usage.PeakMebibytes, "MiB");
        Say("scale-controller-rss", leader.ResidentMebibytes, "MiB");
        Say("scale-controller-peak", leader.PeakMebibytes, "MiB");
    }

    private async Task ChangeEndpointsAsync(CancellationToken ct)
    {
        // A stride that meets every Service before it meets one again, and the owner of each in turn.
        int stride = Enumerable.Range(options.Services / 3 + 1, options.Services).First(s => Gcd(s, options.Services) == 1);
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1.0 / options.Changes));
        bool[] isUnready = new bool[options.Services];
        for (int i = 0; await timer.WaitForNextTickAsync(ct).ConfigureAwait(false); i = (i + stride) % options.Services)
        {
            isUnready[i] = !isUnready[i];
            await workload.ChangeAsync(Workload.NameOf("web", i), i, !isUnready[i], ct).ConfigureAwait(false);
        }
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);

    private async Task CountCreatedAsync(AddressWatch watch, CancellationToken ct)
    {
        Tell($"{options.Created} Services created, all of them for the one speaker");
        await SettleAsync(ct).ConfigureAwait(false);
        await WriteTally.ClearAsync(api, ct).ConfigureAwait(false);
        int had = watch.Count;
        await Workload.EachAsync(options.Created, async (i, token) => await workload.CreateHereAsync(Workload.NameOf("new", i), token).ConfigureAwait(false), ct).ConfigureAwait(false);
        await watch.ReachAsync(had + options.Created, patience, ct).ConfigureAwait(false);
        await SettleAsync(ct).ConfigureAwait(false);
        WriteTally tally = await WriteTally.ReadAsync(api, ct).ConfigureAwait(false);
        Say("scale-created-writes", (double)tally.OfServices / options.Created, "writes");
        Say("scale-created-sums", tally.Total - tally.OfServices, "writes");
        Note($"{options.Created} created Services: {tally.Split}");
    }

    private async Task FailOverAsync(AddressWatch watch, CancellationToken ct)
    {
        Tell("the leader is killed");
        int had = watch.Count;
        long killed = await KillLeaderAsync(ct).ConfigureAwait(false);
        await workload.CreateAsync("after", 0, ct).ConfigureAwait(false);
        await watch.ReachAsync(had + 1, patience, ct).ConfigureAwait(false);
        Say("scale-failover", Stopwatch.GetElapsedTime(killed).TotalSeconds, "s");
        StartController();
        await SettleAsync(ct).ConfigureAwait(false);
    }

    private async Task FailInBurstAsync(AddressWatch watch, CancellationToken ct)
    {
        Tell($"the leader is killed while {options.Burst} Services are created");
        int had = watch.Count, doubles = watch.Doubles, created = 0;
        Dictionary<string, long> begun = [];
        Task<long>? killing = null;
        await Workload.EachAsync(options.Burst, async (i, token) =>
        {
            string name = Workload.NameOf("burst", i);
            lock (begun)
            {
                begun[name] = Stopwatch.GetTimestamp();
                if (++created == options.Burst / 2) killing = KillLeaderAsync(token);
            }
            await workload.CreateAsync(name, i, token).ConfigureAwait(false);
        }, ct).ConfigureAwait(false);
        await killing!.ConfigureAwait(false);
        await watch.ReachAsync(had + options.Burst, patience, ct).ConfigureAwait(false);
        Say("scale-burst-delay", begun.Max(b => Stopwatch.GetElapsedTime(b.Value, watch.SeenAt(b.Key)).TotalSeconds), "s");
        await SettleAsync(ct).ConfigureAwait(false);
        Say("scale-burst-doubles", watch.Doubles - doubles, "addresses");
    }

    /// <returns>When.</returns>
    private async Task<long> KillLeaderAsync(CancellationToken ct)
    {
        string leader = await LeaderAsync(ct).ConfigureAwait(false);
        controllers.Remove(leader, out Daemon? daemon);
        long now = Stopwatch.GetTimestamp();
        await daemon!.DisposeAsync().ConfigureAwait(false);
        return now;
    }

    private async Task<string> LeaderAsync(CancellationToken ct)
    {
        using JsonDocument lease = await api.GetAsync($"apis/coordination.k8s.io/v1/namespaces/{Seed.Home}/leases/{ApiNames.ControllerLease}", ct).ConfigureAwait(false);
        return lease.RootElement.GetProperty("spec").GetProperty("holderIdentity").GetString()!;
    }

    private void StartController()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"controller-{++controllersStarted}");
        controllers[name] = Daemon.Start([.. options.Controller, "--pod-name", name]);
    }

    /// <summary>Until our daemons have written nothing but Leases for a while. The tally is left as it is.</summary>
    private async Task SettleAsync(CancellationToken ct)
    {
        long began = Stopwatch.GetTimestamp(), changed = began;
        int last = -1;
        while (Stopwatch.GetElapsedTime(changed) < quiet)
        {
            if (Stopwatch.GetElapsedTime(began) > patience) throw new TimeoutException($"after {patience.TotalSeconds:0} s the daemons still write");
            int now = (await WriteTally.ReadAsync(api, ct).ConfigureAwait(false)).Total;
            if (now != last) (last, changed) = (now, Stopwatch.GetTimestamp());
            await Task.Delay(TimeSpan.FromMilliseconds(250), ct).ConfigureAwait(false);
        }
    }

    /// <returns>How long each answer took, in milliseconds; <see cref="answerLimit"/> where it did not come in time.</returns>
    private async Task<double[]> AskAsync(string address, CancellationToken ct)
    {
        string[] commandLine = [.. options.Asker, address, "steady", options.Window.TotalSeconds.ToString(CultureInfo.InvariantCulture)];
        using Process asker = Process.Start(new ProcessStartInfo(commandLine[0], commandLine.Skip(1)) { RedirectStandardOutput = true })!;
        string answers = await asker.StandardOutput.ReadToEndAsync(ct).ConfigureAwait(false);
        await asker.WaitForExitAsync(ct).ConfigureAwait(false);
        if (asker.ExitCode != 0) throw new InvalidOperationException($"{address} was not answered for");
        return [.. answers.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(a => double.Parse(a, CultureInfo.InvariantCulture) / 1000)];
    }

    private async Task<PauseHistogram> PausesAsync(CancellationToken ct) =>
        PauseHistogram.Read(await metrics.GetStringAsync(options.Metrics, ct).ConfigureAwait(false), "lbspeaker_gc_pause_seconds");

    private void SayCpu(string name, ProcessUsage before) => Say(name, (speaker!.Usage.Cpu - before.Cpu) / options.Window * 100, "%");

    private void Say(string name, double value, string unit) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:0.###} {unit}"));

    private void Note(string text) => output.WriteLine($"# {text}");

    private void Tell(string text) => progress.WriteLine($"    {text}");
}
