using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>Events have one storage and two shapes: core/v1 (stored) and events.k8s.io/v1.</summary>
internal static class EventShapes
{
    private static readonly (string Core, string EventsV1)[] Renamed =
    [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
        ("reportingComponent", "reportingController"),
    ];

    public static JsonObject ToEventsV1(JsonObject core)
    {
        var result = Rename(core, static r => r.Core, static r => r.EventsV1);
        result["apiVersion"] = "events.k8s.io/v1";
        foreach (var name in (string[])["reportingController", "reportingInstance"])
            if (result.Text(name) is "") result.Remove(name);
        return result;
    }

    public static JsonObject ToCore(JsonObject events)
    {
        var result = Rename(events, static r => r.EventsV1, static r => r.Core);
        result["apiVersion"] = "v1";
        result["involvedObject"] ??= new JsonObject();
        result["reportingComponent"] ??= "";
        result["reportingInstance"] ??= "";
        return result;
    }

    private static JsonObject Rename(JsonObject source, Func<(string Core, string EventsV1), string> from, Func<(string Core, string EventsV1), string> to)
    {
        var names = Renamed.ToDictionary(from, to, StringComparer.Ordinal);
        var result = new JsonObject();
        foreach (var (key, value) in source.ToArray())
        {
            source.Remove(key);
            result[names.GetValueOrDefault(key, key)] = value;
        }
        return result;
    }
}
