using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api;
using LbSpeaker.Lab.Api.Storage;

namespace LbSpeaker.Tests.Lab;

/// <summary>
/// Sees every revision of every Service in the store itself, past all faults, and writes down each at which an address stood in the status of two
/// Services that do not share it. It also remembers which addresses a Service had, in turn.
/// </summary>
internal sealed class ServiceOracle : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Store store;
    private readonly ResourceStore services;
    private readonly Dictionary<string, Holding> present = [];
    private readonly Dictionary<string, SortedSet<string>> holders = [];
    private readonly Task running;
    private readonly Lock gate = new();
    private readonly List<string> violations = [];
    private readonly Dictionary<string, List<string>> histories = [];
    private long seen;

    public ServiceOracle(ApiServer server)
    {
        store = server.Parts.Store;
        services = server.Parts.Kinds.Require("", "services").Storage;
        running = Task.Run(RunAsync);
    }

    /// <summary>Up to and with everything that is stored at this moment.</summary>
    public async Task<IReadOnlyList<string>> ViolationsAsync()
    {
        await CatchUpAsync();
        lock (gate) return [.. violations];
    }

    /// <summary>The addresses that stood in the status, one text for each change: "" for none.</summary>
    public async Task<IReadOnlyList<string>> HistoryOfAsync(string name)
    {
        await CatchUpAsync();
        lock (gate) return histories.TryGetValue("default/" + name, out List<string>? history) ? [.. history] : [];
    }

    private async Task CatchUpAsync()
    {
        long newest = store.Read(services).In(null).Select(s => s.Revision).DefaultIfEmpty(0).Max();
        using CancellationTokenSource patience = new(LabCluster.Patience);
        while (Volatile.Read(ref seen) < newest) await Task.Delay(1, patience.Token);
    }

    private async Task RunAsync()
    {
        long position = 0;
        List<Change> changes = [];
        try
        {
            while (true)
            {
                changes.Clear();
                if (!store.TryRead(services, ref position, changes, out Task growth, out long revision))
                {
                    // The history was thrown away on request; whatever went before has been seen.
                    store.TryStart(services, revision, out position, out _);
                    continue;
                }
                foreach (Change change in changes) Take(change);
                if (changes.Count == 0) await growth.WaitAsync(stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private void Take(Change change)
    {
        lock (gate)
        {
            StoredObject about = (change.After ?? change.Before)!;
            string key = $"{about.Namespace}/{about.Name}";
            if (present.Remove(key, out Holding? before))
                foreach (string address in before.Addresses) holders[address].Remove(key);
            string text = "gone";
            if (change.After is { } after)
            {
                Holding now = present[key] = Holding.Of(after.Parse());
                // People may take the right to share from two that hold an address already; to give it is the controller's.
                foreach (string address in now.Addresses) Hold(address, key, before?.Addresses.Contains(address) == true ? null : change.Revision);
                text = string.Join(" ", now.Addresses);
            }
            List<string> history = histories.TryGetValue(key, out List<string>? known) ? known : histories[key] = [];
            if (history.Count == 0 || history[^1] != text) history.Add(text);
            Volatile.Write(ref seen, change.Revision);
        }
    }

    /// <param name="given">The revision at which it was given; null where it was held before.</param>
    private void Hold(string address, string key, long? given)
    {
        SortedSet<string> all = holders.TryGetValue(address, out SortedSet<string>? known) ? known : holders[address] = new(StringComparer.Ordinal);
        all.Add(key);
        if (given is not null && all.Count > 1 && (all.Any(k => present[k].SharingKey.Length == 0) || all.Select(k => present[k].SharingKey).Distinct().Count() > 1))
            violations.Add($"revision {given}: {address} of {string.Join(" and ", all)}");
    }

    private sealed record Holding(IReadOnlyList<string> Addresses, string SharingKey)
    {
        public static Holding Of(JsonObject service) =>
            new(ServiceOracle.Addresses(service), service["metadata"]!["annotations"]?["metallb.io/allow-shared-ip"]?.GetValue<string>() ?? "");
    }

    public static IReadOnlyList<string> Addresses(JsonObject service) =>
        service["status"]?["loadBalancer"]?["ingress"] is JsonArray ingress ? [.. ingress.Select(i => i!["ip"]?.GetValue<string>() ?? i["hostname"]?.GetValue<string>() ?? "?")] : [];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }
}
