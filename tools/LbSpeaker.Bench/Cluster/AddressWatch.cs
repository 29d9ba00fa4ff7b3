using System.Diagnostics;
using System.Text.Json;

namespace LbSpeaker.Bench.Cluster;

/// <summary>Looks on, as any client of the API server, when Services get their addresses.</summary>
internal sealed class AddressWatch : IAsyncDisposable
{
    private const string Path = "api/v1/services";

    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly Dictionary<string, long> seen = [];
    private readonly Dictionary<string, string> holders = [];
    private int doubles;
    private readonly Task reading;
    private (int Count, TaskCompletionSource Reached)? awaited;

    private AddressWatch(StreamReader events) => reading = ReadAsync(events);

    public static async Task<AddressWatch> StartAsync(ApiClient api, CancellationToken ct) =>
        new(await api.WatchAsync(Path, await api.VersionOfAsync(Path, ct).ConfigureAwait(false), ct).ConfigureAwait(false));

    public int Count
    {
        get
        {
            lock (gate) return seen.Count;
        }
    }

    /// <summary>How often an address was seen with a second Service. None of them is ever taken away here.</summary>
    public int Doubles
    {
        get
        {
            lock (gate) return doubles;
        }
    }

    /// <summary>When the Service was first seen with an address, in ticks of <see cref="Stopwatch"/>.</summary>
    public long SeenAt(string service)
    {
        lock (gate) return seen[service];
    }

    /// <summary>Done when so many Services in all have been seen with an address.</summary>
    /// <exception cref="TimeoutException">They had none in time.</exception>
    public async Task ReachAsync(int count, TimeSpan patience, CancellationToken ct)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            awaited = (count, reached);
            if (seen.Count >= count) reached.SetResult();
        }
        Task first = await Task.WhenAny(reached.Task, reading, Task.Delay(patience, ct)).ConfigureAwait(false);
        if (first == reached.Task) return;
        await first.ConfigureAwait(false);
        throw new TimeoutException($"{Count} of {count} Services have an address after {patience.TotalSeconds:0} s");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task ReadAsync(StreamReader events)
    {
        using (events)
            while (await events.ReadLineAsync(stop.Token).ConfigureAwait(false) is { } line)
                Take(line, Stopwatch.GetTimestamp());
        throw new InvalidOperationException("the API server ended the watch");
    }

    private void Take(string line, long now)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement service = document.RootElement.GetProperty("object");
        if (!service.TryGetProperty("status", out JsonElement status) || !status.TryGetProperty("loadBalancer", out JsonElement balancer)
            || !balancer.TryGetProperty("ingress", out JsonElement ingress) || ingress.GetArrayLength() == 0)
            return;
        string name = service.GetProperty("metadata").GetProperty("name").GetString()!;
        string address = ingress[0].GetProperty("ip").GetString()!;
        lock (gate)
        {
            if (holders.TryAdd(address, name) is false && holders[address] != name) doubles++;
            if (seen.TryAdd(name, now) && awaited is { } goal && seen.Count >= goal.Count)
                goal.Reached.TrySetResult();
        }
    }
}
