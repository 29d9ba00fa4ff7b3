using System.Text.Json;
using LbSpeaker.Bench.Cluster;

namespace LbSpeaker.Bench.Scale;

/// <summary>What our daemons have written since the tally was cleared, as the embedded API server counts it.</summary>
/// <param name="Writes">By resource and method; refused ones too. Lease renewals are not among them.</param>
/// <param name="Renewals">Writes of Leases.</param>
/// <param name="Refused">Of <paramref name="Writes"/>, those that were not taken.</param>
/// <param name="AtOnce">How many were under way at the same time, at most.</param>
internal sealed record WriteTally(IReadOnlyDictionary<string, int> Writes, int Renewals, int Refused, int AtOnce)
{
    private const string Path = "lab/writes", Agent = "lbspeaker", Leases = "leases";
    private static readonly string[] ofServices = ["services", "servicel2statuses", "events"];

    public int Total => Writes.Values.Sum();

    /// <summary>Those that are about one Service each: its status, what a node says of it, events. The rest sums up many.</summary>
    public int OfServices => Writes.Where(w => ofServices.Contains(w.Key.Split(' ')[0].Split('/')[0])).Sum(w => w.Value);

    /// <summary>Such as <c>200 services/status (PATCH), 100 events (POST)</c>.</summary>
    public string Split => Writes.Count == 0 ? "nothing" : string.Join(", ", Writes.OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal).Select(w => $"{w.Value} {w.Key}"));

    public static Task ClearAsync(ApiClient api, CancellationToken ct) => api.DeleteAsync(Path, ct);

    public static async Task<WriteTally> ReadAsync(ApiClient api, CancellationToken ct)
    {
        using JsonDocument document = await api.GetAsync(Path, ct).ConfigureAwait(false);
        return Read(document.RootElement);
    }

    internal static WriteTally Read(JsonElement json)
    {
        SortedDictionary<string, int> writes = new(StringComparer.Ordinal);
        int renewals = 0, refused = 0;
        foreach (JsonElement line in json.GetProperty("writes").EnumerateArray())
        {
            if (line.GetProperty("agent").GetString() != Agent) continue;
            int count = line.GetProperty("count").GetInt32();
            string resource = line.GetProperty("resource").GetString()!;
            if (resource == Leases)
            {
                renewals += count;
                continue;
            }
            string key = $"{resource} ({line.GetProperty("method").GetString()})";
            writes[key] = writes.GetValueOrDefault(key) + count;
            if (line.GetProperty("code").GetInt32() >= 300) refused += count;
        }
        return new(writes, renewals, refused, json.GetProperty("atOnce").TryGetProperty(Agent, out JsonElement most) ? most.GetInt32() : 0);
    }
}
