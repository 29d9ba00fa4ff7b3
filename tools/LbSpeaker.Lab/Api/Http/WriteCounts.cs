using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>
/// What clients write, for whoever asks how much a program asks of an API server: <c>GET /lab/writes</c>; <c>DELETE</c> of it starts counting anew. Refusals count too, and a
/// review is no write.
/// </summary>
internal sealed class WriteCounts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Write, int> _counts = [];
    private readonly Dictionary<string, int> _inFlight = new(StringComparer.Ordinal), _most = new(StringComparer.Ordinal);

    /// <param name="Agent">The client's User-Agent; empty where it names none.</param>
    /// <param name="Resource">As in paths, with the subresource behind a slash.</param>
    private readonly record struct Write(string Agent, string Method, string Resource, int Code);

    /// <summary>Counts the request, if it writes, when the returned is disposed of; null where it does not.</summary>
    public IDisposable? Begin(HttpContext context)
    {
        var request = context.Request;
        if (request.Method is not ("POST" or "PUT" or "PATCH" or "DELETE")) return null;
        var target = RequestPath.Parse((request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries));
        if (target is null || Reviews.Find(target.Group, target.Version, target.Plural) is not null) return null;
        var agent = request.Headers.UserAgent.ToString();
        lock (_gate)
        {
            var now = _inFlight[agent] = _inFlight.GetValueOrDefault(agent) + 1;
            _most[agent] = Math.Max(now, _most.GetValueOrDefault(agent));
        }
        return new Ongoing(this, context, agent, target.Subresource is null ? target.Plural : $"{target.Plural}/{target.Subresource}");
    }

    public void Clear()
    {
        lock (_gate)
        {
            _counts.Clear();
            _most.Clear();
            foreach (var (agent, now) in _inFlight) _most[agent] = now;
        }
    }

    /// <summary>What was written since the last <see cref="Clear"/>, and how many writes of one agent were under way at once.</summary>
    public JsonObject State()
    {
        lock (_gate)
            return new JsonObject
            {
                ["writes"] = new JsonArray([.. _counts.Select(c => new JsonObject
                {
                    ["agent"] = c.Key.Agent, ["method"] = c.Key.Method, ["resource"] = c.Key.Resource, ["code"] = c.Key.Code, ["count"] = c.Value,
                })]),
                ["atOnce"] = new JsonObject(_most.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))),
            };
    }

    private sealed class Ongoing(WriteCounts counts, HttpContext context, string agent, string resource) : IDisposable
    {
        public void Dispose()
        {
            Write write = new(agent, context.Request.Method, resource, context.Response.StatusCode);
            lock (counts._gate)
            {
                counts._inFlight[agent]--;
                counts._counts[write] = counts._counts.GetValueOrDefault(write) + 1;
            }
        }
    }
}
