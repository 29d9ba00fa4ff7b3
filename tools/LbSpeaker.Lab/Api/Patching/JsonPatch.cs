using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>JSON Patch (RFC 6902).</summary>
public static class JsonPatch
{
    /// <summary>The patched document as a new tree; all operations hold or none does.</summary>
    /// <exception cref="PatchException">An operation is malformed, its path is missing, or a test failed.</exception>
    public static JsonNode? Apply(JsonNode target, JsonArray patch)
    {
        var document = (JsonNode?)target.DeepClone();
        foreach (var item in patch)
        {
            if (item is not JsonObject operation)
                throw new PatchException("an operation must be an object");
            document = Apply(document, operation);
        }
        return document;
    }

    private static JsonNode? Apply(JsonNode? document, JsonObject operation)
    {
        var path = Text(operation, "path");
        switch (Text(operation, "op"))
        {
            case "add":
                return Add(document, path, Value(operation));
            case "remove":
                return Remove(document, path, out _);
            case "replace":
                // Not remove and add: an array element keeps its place, a member its order.
                return Replace(document, path, Value(operation));
            case "move":
                var from = Text(operation, "from");
                if (path.StartsWith(from + "/", StringComparison.Ordinal))
                    throw new PatchException($"cannot move \"{from}\" into itself");
                var rest = Remove(document, from, out var moved);
                return Add(rest, path, moved);
            case "copy":
                var source = Text(operation, "from");
                return Add(document, path, JsonPointer.Get(document, JsonPointer.Parse(source), source)?.DeepClone());
            case "test":
                if (!JsonNode.DeepEquals(JsonPointer.Get(document, JsonPointer.Parse(path), path), Value(operation)))
                    throw new PatchException($"testing path \"{path}\" failed");
                return document;
            case var other:
                throw new PatchException($"unknown operation \"{other}\"");
        }
    }

    private static JsonNode? Add(JsonNode? document, string path, JsonNode? value)
    {
        if (Parent(document, path, out var token) is not { } parent)
            return value;
        switch (parent)
        {
            case JsonObject o:
                o[token] = value;
                break;
            case JsonArray a when token == "-":
                a.Add(value);
                break;
            case JsonArray a when JsonPointer.Index(token, a.Count) is { } index:
                a.Insert(index, value);
                break;
            default:
                throw new PatchException($"add: path \"{path}\" does not exist");
        }
        return document;
    }

    private static JsonNode? Replace(JsonNode? document, string path, JsonNode? value)
    {
        if (Parent(document, path, out var token) is not { } parent)
            return value;
        switch (parent)
        {
            case JsonObject o when o.ContainsKey(token):
                o[token] = value;
                break;
            case JsonArray a when JsonPointer.Index(token, a.Count - 1) is { } index:
                a[index] = value;
                break;
            default:
                throw new PatchException($"replace: path \"{path}\" does not exist");
        }
        return document;
    }

    private static JsonNode? Remove(JsonNode? document, string path, out JsonNode? removed)
    {
        if (Parent(document, path, out var token) is not { } parent)
        {
            removed = document;
            return null;
        }
        switch (parent)
        {
            case JsonObject o when o.TryGetPropertyValue(token, out removed):
                o.Remove(token);
                break;
            case JsonArray a when JsonPointer.Index(token, a.Count - 1) is { } index:
                removed = a[index];
                a.RemoveAt(index);
                break;
            default:
                throw new PatchException($"remove: path \"{path}\" does not exist");
        }
        return document;
    }

    /// <summary>The container the path ends in, or null when the path is the whole document.</summary>
    private static JsonNode? Parent(JsonNode? document, string path, out string token)
    {
        var tokens = JsonPointer.Parse(path);
        token = tokens.Length == 0 ? "" : tokens[^1];
        if (tokens.Length == 0)
            return null;
        return JsonPointer.Get(document, tokens.AsSpan(..^1), path)
            ?? throw new PatchException($"path \"{path}\" does not exist");
    }

    private static string Text(JsonObject operation, string name) =>
        operation[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>()
            : throw new PatchException($"an operation needs the member \"{name}\", a string");

    private static JsonNode? Value(JsonObject operation) =>
        operation.TryGetPropertyValue("value", out var value)
            ? value?.DeepClone()
            : throw new PatchException($"operation \"{operation["op"]}\" needs the member \"value\"");
}
