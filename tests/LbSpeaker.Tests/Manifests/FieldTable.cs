using System.Globalization;
using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Manifests;

/// <summary>One change of one field: the object with it, and how the row is called.</summary>
internal sealed record FieldRow(string Path, string Change, JsonObject Object);

/// <summary>
/// The rows of one served version of a definition: each field of its schema with what could stand in it, right and wrong, each in an object that is sound
/// but for it. A field is spelled as in messages, with <c>[]</c> for an entry of a list and <c>{}</c> for a value of a map.
/// </summary>
/// <param name="schema">openAPIV3Schema.</param>
/// <param name="minimal">A sound object of the kind.</param>
/// <param name="instead">Another sound object for a field, and what is in it, that excludes a field of the first.</param>
/// <param name="examples">A sound value by field; by the whole field, or by its end for fields that occur in several places.</param>
/// <param name="also">More values of a field that are worth a row.</param>
internal sealed class FieldTable(JsonObject schema, JsonObject minimal, JsonObject instead, JsonObject examples, JsonObject also)
{
    /// <summary>Longer values are counted.</summary>
    private const int LongestShown = 60;

    /// <param name="part"><c>spec</c> or <c>status</c>.</param>
    public IEnumerable<FieldRow> Rows(string part) => schema["properties"]?[part] is JsonObject of ? Walk(of, [part], IsRequired(schema, part)) : [];

    private IEnumerable<FieldRow> Walk(JsonObject field, string[] path, bool isRequired)
    {
        string last = path[^1];
        if (last is not ("[]" or "{}"))
            yield return Row(path, isRequired ? "missing" : "left out", parent => parent.Remove(last));
        foreach ((string change, JsonNode? value) in Values(field, path))
            yield return Row(path, change, parent => parent[last is "{}" ? "label" : last] = value?.DeepClone(), list => list[0] = value?.DeepClone());
        if (field["x-kubernetes-list-type"]?.GetValue<string>() is "set" or "map")
        {
            JsonNode item = Example((JsonObject)field["items"]!, [.. path, "[]"]);
            JsonArray twice = [item.DeepClone(), item.DeepClone()];
            yield return Row(path, "the same entry twice", parent => parent[last] = twice.DeepClone());
        }
        if (field["properties"] is JsonObject properties)
        {
            yield return Row([.. path, "nonesuch"], "unknown field", parent => parent["nonesuch"] = "x");
            foreach ((string name, JsonNode? property) in properties)
                foreach (FieldRow row in Walk((JsonObject)property!, [.. path, name], IsRequired(field, name))) yield return row;
        }
        if (field["items"] is JsonObject items)
            foreach (FieldRow row in Walk(items, [.. path, "[]"], false)) yield return row;
        if (field["additionalProperties"] is JsonObject values)
            foreach (FieldRow row in Walk(values, [.. path, "{}"], false)) yield return row;
    }

    private IEnumerable<(string Change, JsonNode? Value)> Values(JsonObject field, string[] path)
    {
        string type = field["type"]!.GetValue<string>();
        JsonNode sound = Example(field, path);
        yield return (Shown(sound), sound);
        yield return ("null", null);
        yield return type == "string" ? ("wrong type: 7", 7) : ("wrong type: \"x\"", "x");
        if (type is "array" or "object") yield return (type == "array" ? "wrong type: {}" : "wrong type: []", type == "array" ? new JsonObject() : new JsonArray());
        if (type is "integer") yield return ("wrong type: 1.5", 1.5);
        if (type is "string") yield return ("empty: \"\"", "");
        if (type is "array") yield return ("empty: []", new JsonArray());
        if (type is "object" && field["additionalProperties"] is null) yield return ("empty: {}", new JsonObject());

        if (field["enum"] is JsonArray named)
        {
            foreach (JsonNode? one in named) yield return ($"named: {Shown(one)}", one);
            yield return ("not among those named: \"Nonesuch\"", "Nonesuch");
        }
        else if (type == "string" && (field["pattern"] is not null || field["format"] is not null || field["x-kubernetes-validations"] is not null))
            yield return ("not of its form: \"no such thing!\"", "no such thing!");
        if (type is "integer")
        {
            (long least, long most) = field["format"]?.GetValue<string>() == "int32" ? (int.MinValue, (long)int.MaxValue) : (long.MinValue, long.MaxValue);
            if (field["minimum"] is { } minimum) least = long.Parse(minimum.ToString(), CultureInfo.InvariantCulture);
            if (field["maximum"] is { } maximum) most = long.Parse(maximum.ToString(), CultureInfo.InvariantCulture);
            if (least > long.MinValue) yield return ($"below: {least - 1}", least - 1);
            yield return ($"least: {least}", least);
            yield return ($"most: {most}", most);
            if (most < long.MaxValue) yield return ($"above: {most + 1}", most + 1);
        }
        if (Limit(field, "maxLength") is { } longest)
        {
            yield return ($"{longest} characters", new string('x', longest));
            yield return ($"{longest + 1} characters", new string('x', longest + 1));
        }
        if (Limit(field, "minItems") is { } fewest and > 1) yield return ($"{fewest - 1} entries", Several(field, path, fewest - 1));
        if (Limit(field, "maxItems") is { } entries)
        {
            yield return ($"{entries} entries", Several(field, path, entries));
            yield return ($"{entries + 1} entries", Several(field, path, entries + 1));
        }
        foreach (JsonNode? more in also[Name(path)] as JsonArray ?? []) yield return (Shown(more), more);
    }

    /// <summary>As many entries, told apart where the list's keys must differ.</summary>
    private JsonArray Several(JsonObject field, string[] path, int count)
    {
        JsonNode item = Example((JsonObject)field["items"]!, [.. path, "[]"]);
        string[] keys = [.. (field["x-kubernetes-list-map-keys"] as JsonArray ?? []).Select(k => k!.GetValue<string>())];
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            JsonNode copy = item.DeepClone();
            foreach (string key in keys) copy[key] = key == "address" ? $"2001:db8::{i:x}" : $"x{i}";
            return copy;
        })];
    }

    private FieldRow Row(string[] path, string change, Action<JsonObject> alter, Action<JsonArray>? alterList = null)
    {
        string called = Name(path);
        JsonObject whole = (JsonObject)(instead.FirstOrDefault(i => called.StartsWith(i.Key, StringComparison.Ordinal)).Value ?? minimal).DeepClone();
        JsonNode at = whole;
        JsonObject of = schema;
        for (int i = 0; i + 1 < path.Length; i++)
        {
            JsonObject inner = (JsonObject)(path[i] switch { "[]" => of["items"]!, "{}" => of["additionalProperties"]!, string name => of["properties"]![name]! });
            // What is not there is made.
            if (at is JsonArray { Count: 0 } list) list.Add(Example(inner, path[..(i + 1)]));
            string key = path[i] == "{}" ? "label" : path[i];
            at = at is JsonArray entries ? entries[0]! : at[key] ??= Example(inner, path[..(i + 1)]);
            of = inner;
        }
        if (path[^1] == "[]") alterList!((JsonArray)at); else alter((JsonObject)at);
        return new(called, change, whole);
    }

    /// <exception cref="InvalidOperationException">A new field that says what form it has needs an example of it.</exception>
    private JsonNode Example(JsonObject field, string[] path)
    {
        for (int skip = 0; skip < path.Length; skip++)
            if (examples[Name(path[skip..])] is { } given) return given.DeepClone();
        if (path is [var part] && minimal[part] is { } whole) return whole.DeepClone();
        if (field["enum"] is JsonArray named) return named[0]!.DeepClone();
        switch (field["type"]!.GetValue<string>())
        {
            case "string" when field["format"]?.GetValue<string>() == "date-time": return "2026-01-31T12:00:00Z";
            case "string" when field["pattern"] is null && field["x-kubernetes-validations"] is null && field["format"] is null: return "x";
            case "boolean": return true;
            case "integer": return field["minimum"]?.DeepClone() ?? 1;
            case "array": return new JsonArray(Example((JsonObject)field["items"]!, [.. path, "[]"]));
            case "object" when field["x-kubernetes-validations"] is null:
                JsonObject made = [];
                foreach (JsonNode? name in field["required"] as JsonArray ?? [])
                    made[name!.GetValue<string>()] = Example((JsonObject)field["properties"]![name.GetValue<string>()]!, [.. path, name.GetValue<string>()]);
                return made;
            default: throw new InvalidOperationException($"{Name(path)} needs an example");
        }
    }

    private static bool IsRequired(JsonObject of, string name) => of["required"] is JsonArray required && required.Any(r => r!.GetValue<string>() == name);

    private static int? Limit(JsonObject field, string name) => field[name]?.GetValue<int>();

    private static string Name(string[] path) => string.Join('.', path).Replace(".[]", "[]", StringComparison.Ordinal).Replace(".{}", "{}", StringComparison.Ordinal);

    private static string Shown(JsonNode? value)
    {
        string text = value?.ToJsonString() ?? "null";
        return text.Length <= LongestShown ? text : $"{text[..LongestShown]}… ({text.Length} characters)";
    }
}
