using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api;

/// <summary>JSON as the API server reads and writes it: trees of its own, no reflection.</summary>
internal static class Json
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static byte[] Utf8(JsonNode? node)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            if (node is null) writer.WriteNullValue();
            else node.WriteTo(writer);
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>With some keys before all others.</summary>
    public static byte[] Utf8(JsonObject node, string[] first)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            writer.WriteStartObject();
            foreach (var key in first) Property(writer, key, node[key]);
            foreach (var (key, value) in node)
                if (!first.Contains(key)) Property(writer, key, value);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void Property(Utf8JsonWriter writer, string key, JsonNode? value)
    {
        writer.WritePropertyName(key);
        if (value is null) writer.WriteNullValue();
        else value.WriteTo(writer);
    }

    public static string Text(JsonNode? node) => System.Text.Encoding.UTF8.GetString(Utf8(node));

    /// <summary>Parses the whole tree at once; a key written twice keeps its last value and is noted by its path.</summary>
    public static JsonNode? Parse(ReadOnlyMemory<byte> utf8, List<string>? duplicates = null) =>
        Node(JsonElement.Parse(utf8.Span), "", duplicates);

    public static JsonObject ParseObject(ReadOnlyMemory<byte> utf8) => (JsonObject)Parse(utf8)!;

    private static JsonNode? Node(JsonElement element, string path, List<string>? duplicates)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var result = new JsonObject();
                foreach (var property in element.EnumerateObject())
                {
                    var below = duplicates is null ? "" : path.Length == 0 ? property.Name : path + "." + property.Name;
                    if (duplicates is not null && result.ContainsKey(property.Name)) duplicates.Add(below);
                    result[property.Name] = Node(property.Value, below, duplicates);
                }
                return result;
            case JsonValueKind.Array:
                var array = new JsonArray();
                var i = 0;
                foreach (var item in element.EnumerateArray())
                    array.Add(Node(item, duplicates is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{path}[{i++}]"), duplicates));
                return array;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                return null;
            case JsonValueKind.String:
                return JsonValue.Create(element.GetString());
            default:
                return JsonValue.Create(element);
        }
    }

    /// <summary>The string at a key, null when it is absent or no string.</summary>
    public static string? Text(this JsonObject parent, string key) => parent[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static bool? Bool(this JsonObject parent, string key) => parent[key] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    public static long? Number(this JsonObject parent, string key) => Number(parent[key]);

    public static long? Number(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number
        && long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static JsonObject? Object(this JsonObject parent, string key) => parent[key] as JsonObject;

    public static JsonObject Child(this JsonObject parent, string key)
    {
        if (parent[key] is JsonObject present) return present;
        var made = new JsonObject();
        parent[key] = made;
        return made;
    }

    public static IReadOnlyList<string> Strings(this JsonObject parent, string key) =>
        parent[key] is JsonArray array ? [.. array.Select(n => n is JsonValue v && v.TryGetValue(out string? s) ? s! : "")] : [];

    public static IEnumerable<JsonObject> Objects(this JsonObject parent, string key) => parent[key] is JsonArray array ? array.OfType<JsonObject>() : [];

    public static JsonArray Array(IEnumerable<string> items) => [.. items.Select(i => (JsonNode?)JsonValue.Create(i))];

    private static readonly IReadOnlyDictionary<string, string> NoStrings = new Dictionary<string, string>();

    public static IReadOnlyDictionary<string, string> StringMap(this JsonObject parent, string key)
    {
        if (parent[key] is not JsonObject map || map.Count == 0) return NoStrings;
        var result = new Dictionary<string, string>(map.Count, StringComparer.Ordinal);
        foreach (var (name, node) in map)
            if (node is JsonValue value && value.TryGetValue(out string? text)) result[name] = text!;
        return result;
    }

    /// <summary>Follows dots only: enough for the paths that selectors and tables name.</summary>
    public static JsonNode? At(JsonObject root, string path)
    {
        JsonNode? node = root;
        foreach (var part in path.Split('.'))
        {
            if (node is not JsonObject parent) return null;
            node = parent[part];
        }
        return node;
    }

    public static string PathText(JsonObject root, string path) => At(root, path) switch
    {
        null => "",
        JsonValue value when value.TryGetValue(out string? text) => text!,
        var other => other.ToJsonString(),
    };

    public static JsonArray Copy(this JsonArray array) => (JsonArray)array.DeepClone();

    public static JsonObject Copy(this JsonObject source) => (JsonObject)source.DeepClone();
}
