using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Tables;

/// <summary>The columns of <c>kubectl get events</c>, of both API groups: they read the stored (core) shape.</summary>
internal static class EventColumns
{
    public static readonly IReadOnlyList<Column> Core =
    [
        new("Last Seen", "string", (o, now) => Timestamps.Age(LastSeen(o), now)),
        Text("Type", "type"),
        Text("Reason", "reason"),
        new("Object", "string", (o, _) => $"{Json.PathText(o, "involvedObject.kind").ToLowerInvariant()}/{Json.PathText(o, "involvedObject.name")}"),
        Text("Subobject", "involvedObject.fieldPath", 1),
        new("Source", "string", (o, _) => Source(o)) { Priority = 1 },
        new("Message", "string", (o, _) => Json.PathText(o, "message").Trim()),
        new("First Seen", "string", (o, now) => Timestamps.Age(FirstSeen(o), now)) { Priority = 1 },
        new("Count", "string", (o, _) => Json.Number(Json.At(o, "series.count")) ?? o.Number("count") ?? 1) { Priority = 1 },
        new("Name", "string", (o, _) => Json.PathText(o, "metadata.name")) { Format = "name", Priority = 1 },
    ];

    private static Column Text(string name, string path, int priority = 0) => new(name, "string", (o, _) => Json.PathText(o, path)) { Priority = priority };

    private static string FirstSeen(JsonObject e) => e.Text("firstTimestamp") ?? e.Text("eventTime") ?? "";

    private static string LastSeen(JsonObject e) =>
        Json.PathText(e, "series.lastObservedTime") is { Length: > 0 } series ? series : e.Text("lastTimestamp") ?? FirstSeen(e);

    private static string Source(JsonObject e)
    {
        var component = Json.PathText(e, "source.component") is { Length: > 0 } c ? c : e.Text("reportingComponent") ?? "";
        var host = Json.PathText(e, "source.host") is { Length: > 0 } h ? h : e.Text("reportingInstance") ?? "";
        return host.Length == 0 ? component : $"{component}, {host}";
    }
}
