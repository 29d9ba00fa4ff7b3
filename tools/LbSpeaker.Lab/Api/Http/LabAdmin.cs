using System.Globalization;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>
/// Faults over HTTP, for the demo: <c>POST /lab/faults/ACTION?…</c>, <c>GET /lab/faults</c>, <c>DELETE /lab/faults</c>. What each
/// takes is in the README of this tool. Beside them <c>/lab/writes</c>.
/// </summary>
internal sealed class LabAdmin(Faults faults, WriteCounts written)
{
    public async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.TrimEnd('/');
        var answer = (context.Request.Method, path) switch
        {
            ("GET", "/lab/faults") => State(),
            ("DELETE", "/lab/faults") => Done(faults.Clear),
            ("POST", "/lab/faults/drop-watches") => new JsonObject { ["dropped"] = faults.DropWatches(Query(context, "how") == "mid-line" ? WatchDrop.MidLine : WatchDrop.Clean, Query(context, "resource")) },
            ("POST", "/lab/faults/fail") => Done(() => faults.FailNext((int)Number(context, "count", 1), (int)Number(context, "code", 500), Match(context), Span(context, "retryAfter"))),
            ("POST", "/lab/faults/delay") => Done(() => faults.Delay(Span(context, "by") ?? TimeSpan.FromSeconds(1), Match(context), (int)Number(context, "count", int.MaxValue))),
            ("POST", "/lab/faults/stale-reads") => Done(() => faults.BeginStaleReads(Query(context, "resourceVersion") is null ? null : Number(context, "resourceVersion", 0))),
            ("DELETE", "/lab/faults/stale-reads") => Done(faults.EndStaleReads),
            ("POST", "/lab/faults/outage") => Done(() => faults.Outage(Span(context, "for") ?? TimeSpan.FromSeconds(5))),
            ("POST", "/lab/faults/compact") => Done(faults.Compact),
            ("GET", "/lab/writes") => written.State(),
            ("DELETE", "/lab/writes") => Done(written.Clear),
            _ => null,
        };
        if (answer is null) await Responder.TextAsync(context, 404, "404 page not found\n").ConfigureAwait(false);
        else await Responder.NodeAsync(context, Accepted.Json, 200, answer).ConfigureAwait(false);
    }

    private JsonObject State() => new() { ["openWatches"] = faults.OpenWatches, ["outage"] = faults.InOutage };

    private static JsonObject Done(Action action)
    {
        action();
        return new JsonObject { ["done"] = true };
    }

    private static RequestMatch Match(HttpContext context) => new(Query(context, "method"), Query(context, "resource"), Query(context, "namespace"),
        Query(context, "name"), Query(context, "subresource"), Query(context, "watch") is { } watch ? watch == "true" : null);

    private static string? Query(HttpContext context, string name) => context.Request.Query[name].FirstOrDefault();

    private static long Number(HttpContext context, string name, long absent) => Query(context, name) is not { } text ? absent
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw ApiException.BadRequest($"{name}: {text} is no number");

    /// <summary>Seconds, with a fraction if need be.</summary>
    private static TimeSpan? Span(HttpContext context, string name) => Query(context, name) is not { } text ? null
        : double.TryParse(text.TrimEnd('s'), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds)
        : throw ApiException.BadRequest($"{name}: {text} is no number of seconds");
}
