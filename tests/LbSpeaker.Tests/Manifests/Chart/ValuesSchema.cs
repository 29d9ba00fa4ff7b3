using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Manifests.Chart;

/// <summary>values.schema.json, by which Helm judges values before it renders: the keywords that the file uses, and no other.</summary>
internal static class ValuesSchema
{
    private static readonly HashSet<string> Known =
        ["$schema", "title", "definitions", "$ref", "type", "properties", "additionalProperties", "items", "required", "enum", "minimum", "maximum", "minLength"];

    private static readonly JsonObject Schema = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(HelmChart.Folder, "values.schema.json")))!;

    /// <returns>What is wrong, by path; nothing for good values.</returns>
    public static IReadOnlyList<string> Problems(JsonObject values) => [.. Problems(Schema, values, "")];

    /// <summary>Every path that the schema has a name for, down to what is free below.</summary>
    public static IEnumerable<string> Paths() => Paths(Schema, "");

    private static IEnumerable<string> Paths(JsonObject schema, string path)
    {
        schema = Resolve(schema);
        return schema["properties"] is JsonObject properties && Type(schema).Contains("object") ? properties.SelectMany(p => Paths((JsonObject)p.Value!, $"{path}.{p.Key}")) : [path];
    }

    private static IEnumerable<string> Problems(JsonObject schema, JsonNode? value, string path)
    {
        schema = Resolve(schema);
        Assert.Subset(Known, schema.Select(m => m.Key).ToHashSet());
        if (!Type(schema).Contains(TypeOf(value)))
        {
            yield return $"{path}: {TypeOf(value)} instead of {string.Join(" or ", Type(schema))}";
            yield break;
        }
        if (schema["enum"] is JsonArray allowed && !allowed.Any(a => JsonNode.DeepEquals(a, value))) yield return $"{path}: {value} is none of {allowed.ToJsonString()}";
        if (schema["minimum"] is { } least && value!.GetValue<long>() < least.GetValue<long>()) yield return $"{path}: less than {least}";
        if (schema["maximum"] is { } most && value!.GetValue<long>() > most.GetValue<long>()) yield return $"{path}: more than {most}";
        if (schema["minLength"] is { } length && value!.GetValue<string>().Length < length.GetValue<int>()) yield return $"{path}: too short";
        if (value is JsonObject map)
        {
            foreach (JsonNode? needed in schema["required"] as JsonArray ?? []) if (!map.ContainsKey(needed!.GetValue<string>())) yield return $"{path}: {needed} is missing";
            foreach ((string name, JsonNode? member) in map)
            {
                if (schema["properties"]?[name] is JsonObject known)
                    foreach (string problem in Problems(known, member, $"{path}.{name}")) yield return problem;
                else if (schema["additionalProperties"] is JsonObject each)
                    foreach (string problem in Problems(each, member, $"{path}.{name}")) yield return problem;
                else if (schema["additionalProperties"] is not null) yield return $"{path}.{name}: unknown";
            }
        }
        if (value is JsonArray list && schema["items"] is JsonObject item)
            foreach (string problem in list.SelectMany((each, i) => Problems(item, each, $"{path}[{i}]"))) yield return problem;
    }

    private static JsonObject Resolve(JsonObject schema) => schema["$ref"] is { } reference ? (JsonObject)Schema["definitions"]![reference.GetValue<string>()["#/definitions/".Length..]]! : schema;

    private static string[] Type(JsonObject schema) => schema["type"] is JsonArray several ? [.. several.Select(t => t!.GetValue<string>())] : [schema["type"]!.GetValue<string>()];

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => "integer",
        _ => "null",
    };
}
