using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>
/// Compares a recorded answer with ours where values were given by the server: each recorded uid, revision, address or port stands for
/// one of ours, always the same. Learns the pairs as it goes and translates requests with them.
/// </summary>
internal sealed partial class Likeness
{
    private static readonly HashSet<string> TableTexts = ["description"];
    private readonly Dictionary<string, string> _uids = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, string> _revisions = [];
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<(string Old, string New)> _names = [];

    [GeneratedRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z$")]
    private static partial Regex Timestamp();

    [GeneratedRegex("^[0-9]+[smhdy]([0-9]+[smhdy])?$")]
    private static partial Regex Age();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    /// <summary>A refused patch shows the whole object, its keys in the order of Go's structs.</summary>
    [GeneratedRegex("Invalid value: \"\\{.*\\}\": ")]
    private static partial Regex Embedded();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    [GeneratedRegex("(?<=(resourceVersion|continue)=)[^&]+")]
    private static partial Regex RevisionInPath();

    /// <summary>uids are numbered anew in each file.</summary>
    public void NewFile() => _uids.Clear();

    public void Mark(string recorded, string ours) => _revisions[long.Parse(recorded, CultureInfo.InvariantCulture)] = ours;

    public bool Knows(string uid) => _uids.ContainsKey(uid);

    public void Learn(string uid, string ours) => _uids[uid] = ours;

    /// <summary>A recorded path or body in our values.</summary>
    public string Path(string path)
    {
        foreach (var (old, @new) in _names) path = path.Replace(old, @new, StringComparison.Ordinal);
        return RevisionInPath().Replace(path, m => _values.TryGetValue(m.Value, out var token) ? token : Revision(m.Value));
    }

    public JsonNode? Body(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Translate(p.Key, p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Body)]),
        JsonValue v when v.GetValueKind() == JsonValueKind.String => Value(v.GetValue<string>()),
        _ => node?.DeepClone(),
    };

    /// <summary>Null when alike, else where and how they differ.</summary>
    public string? Compare(JsonNode? recorded, JsonNode? ours, string path = "")
    {
        switch (recorded)
        {
            case JsonObject a when ours is JsonObject b:
                return Objects(a, b, path);
            case JsonArray a when ours is JsonArray b:
                return Arrays(a, b, path);
            case JsonValue a when ours is JsonValue b:
                return Scalars(a, b, path);
            case JsonValue trimmed when Text(trimmed)?.StartsWith('(') == true:
                return null;
            default:
                return recorded is null && ours is null ? null : $"{path}: recorded {Short(recorded)}, ours {Short(ours)}";
        }
    }

    private JsonNode? Translate(string key, JsonNode? value)
    {
        if (key is "resourceVersion" && value is JsonValue revision && revision.TryGetValue(out string? text)) return Revision(text);
        if (key is "nodePort" or "healthCheckNodePort" && value is not null && _values.TryGetValue(value.ToJsonString(), out var port)) return int.Parse(port, CultureInfo.InvariantCulture);
        return Body(value);
    }

    private string Value(string text) => _values.TryGetValue(text, out var ours) ? ours : _uids.TryGetValue(text, out var uid) ? uid : text;

    /// <summary>The newest pair that is not newer: revisions of other objects were not recorded.</summary>
    private string Revision(string text)
    {
        if (!long.TryParse(text, out var revision) || revision is < 200 or > 100_000) return text;
        string? found = null;
        foreach (var (old, ours) in _revisions)
        {
            if (old > revision) break;
            found = ours;
        }
        return found ?? text;
    }

    private string? Objects(JsonObject a, JsonObject b, string path)
    {
        var discovery = path.EndsWith("columnDefinitions[]", StringComparison.Ordinal);
        string? first = null;
        foreach (var key in a.Select(p => p.Key).Union(b.Select(p => p.Key)).Order(StringComparer.Ordinal))
        {
            if (discovery && TableTexts.Contains(key)) continue;
            if (key is "storageVersionHash" or "serverAddress") continue;
            var below = path + "." + key;
            if (!a.ContainsKey(key)) { first ??= $"{below}: only ours has it: {Short(b[key])}"; continue; }
            if (!b.ContainsKey(key)) { first ??= $"{below}: only the recording has it: {Short(a[key])}"; continue; }
            var difference = key switch
            {
                "resourceVersion" when b[key] is JsonValue => a.ContainsKey("uid") || !IsListMetadata(path) ? Revisions(a[key]!.GetValue<string>(), b[key]!.GetValue<string>(), below) : null,
                "continue" when a[key]!.GetValue<string>().Length > 0 && b[key]!.GetValue<string>().Length > 0 => Same(_values, a[key]!.GetValue<string>(), b[key]!.GetValue<string>(), below),
                "nodePort" or "healthCheckNodePort" when a[key] is JsonValue => Same(_values, a[key]!.ToJsonString(), b[key]!.ToJsonString(), below),
                "clusterIP" when a[key] is JsonValue => Same(_values, a[key]!.GetValue<string>(), b[key]!.GetValue<string>(), below),
                "name" when a.ContainsKey("generateName") => Named(a[key]!.GetValue<string>(), b[key]!.GetValue<string>()),
                "managedFields" => Compare(Sorted(WithUids(a[key])), Sorted(b[key]), below),
                _ => Compare(a[key], b[key], below),
            };
            first ??= difference;
        }
        return first;
    }

    private string? Arrays(JsonArray a, JsonArray b, string path)
    {
        // Discovery lists more on a real server: what both have must agree.
        if (path is ".resources" or ".groups" or ".items[].versions[].resources" || path.EndsWith(".subresources", StringComparison.Ordinal) || (path == ".items" && b.Any(i => i?["versions"] is not null)))
        {
            foreach (var item in a.OfType<JsonObject>())
            {
                var mine = b.OfType<JsonObject>().FirstOrDefault(o => NameOf(o) == NameOf(item));
                if (mine is not null && Compare(item, mine, path + "[]") is { } different) return $"{NameOf(item)} {different}";
            }
            return b.Count == 0 ? $"{path}: nothing" : null;
        }
        if (a.Count != b.Count) return $"{path}: recorded {a.Count} items, ours {b.Count}: {Short(b)}";
        for (var i = 0; i < a.Count; i++)
        {
            // Some recordings are trimmed to the names.
            if (a[i] is JsonObject { Count: 1 } trimmed && trimmed["metadata"] is JsonObject { Count: 1 } only && only.ContainsKey("name"))
            {
                if (Text(only["name"]) != Text(b[i]?["metadata"]?["name"])) return $"{path}[{i}]: recorded {only["name"]}, ours {b[i]?["metadata"]?["name"]}";
                continue;
            }
            if (path.EndsWith(".clusterIPs", StringComparison.Ordinal) && a[i] is JsonValue ip)
            {
                if (Same(_values, ip.GetValue<string>(), b[i]!.GetValue<string>(), path) is { } other) return other;
                continue;
            }
            if (Compare(a[i], b[i], path + "[]") is { } difference) return difference;
        }
        return null;
    }

    private string? Scalars(JsonValue a, JsonValue b, string path)
    {
        if (a.GetValueKind() != JsonValueKind.String || b.GetValueKind() != JsonValueKind.String)
            return JsonNode.DeepEquals(a, b) ? null : $"{path}: recorded {Short(a)}, ours {Short(b)}";
        var (x, y) = (a.GetValue<string>(), b.GetValue<string>());
        if (x == y) return null;
        if (path.EndsWith(".uid", StringComparison.Ordinal)) return Same(_uids, x, y, path);
        if (x.StartsWith("2026-01-01T00:00:00", StringComparison.Ordinal) && Timestamp().IsMatch(y)) return null;
        if (Age().IsMatch(x) && Age().IsMatch(y)) return null;
        if (path.EndsWith(".message", StringComparison.Ordinal) && Loose(Replaced(x)) == Loose(y)) return null;
        if (path.EndsWith(".cells[]", StringComparison.Ordinal) && Replaced(x) == y) return null;
        return $"{path}: recorded \"{x}\", ours \"{y}\"";
    }

    private string Replaced(string text) => _values.OrderByDescending(v => v.Key.Length).Aggregate(text, (t, v) => t.Replace(v.Key, v.Value, StringComparison.Ordinal));

    private static string Loose(string text) => Digits().Replace(Uid().Replace(Embedded().Replace(text, "Invalid value: JSON: "), "UID"), "#");

    private string? Revisions(string recorded, string ours, string path)
    {
        var key = long.Parse(recorded, CultureInfo.InvariantCulture);
        if (_revisions.TryGetValue(key, out var known)) return known == ours ? null : $"{path}: recorded {recorded} was {known} before, now {ours}";
        if (path.EndsWith(".metadata.resourceVersion", StringComparison.Ordinal) && _objectRevisions.TryGetValue(ours, out var other))
            return $"{path}: recorded {recorded} is new, ours {ours} was there already for {other}";
        _revisions[key] = ours;
        _objectRevisions[ours] = key;
        return null;
    }

    private readonly Dictionary<string, long> _objectRevisions = new(StringComparer.Ordinal);

    private static bool IsListMetadata(string path) => path == ".metadata" || path.EndsWith("object.metadata", StringComparison.Ordinal);

    private string? Named(string recorded, string ours)
    {
        if (recorded != ours) _names.Add((recorded, ours));
        return recorded[..^5] == ours[..^5] ? null : $"generated name {ours}, recorded {recorded}";
    }

    private static string? Same(Dictionary<string, string> pairs, string recorded, string ours, string path)
    {
        if (pairs.TryGetValue(recorded, out var known)) return known == ours ? null : $"{path}: recorded {recorded} was {known} before, now {ours}";
        pairs[recorded] = ours;
        return null;
    }

    /// <summary>Items of a list-map are owned under keys that hold uids.</summary>
    private JsonNode? WithUids(JsonNode? fields) => fields is null ? null
        : JsonNode.Parse(_uids.Aggregate(fields.ToJsonString(), (text, uid) => text.Replace(uid.Key, uid.Value, StringComparison.Ordinal)));

    private static JsonNode? Sorted(JsonNode? fields) => fields is not JsonArray list ? fields : new JsonArray([.. list
        .OrderBy(f => $"{f?["manager"]} {f?["operation"]} {f?["subresource"]}", StringComparer.Ordinal).Select(f => f?.DeepClone())]);

    private static string? NameOf(JsonObject o) => Text(o["name"]) ?? Text(o["resource"]) ?? Text(o["subresource"]) ?? Text(o["metadata"]?["name"]) ?? "";

    private static string? Text(JsonNode? node) => node is JsonValue v && v.TryGetValue(out string? s) ? s : null;

    private static string Short(JsonNode? node)
    {
        var text = node?.ToJsonString() ?? "null";
        return text.Length > 300 ? text[..300] + "…" : text;
    }
}
