using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Cel;
using LbSpeaker.Lab.Api.Patching;

namespace LbSpeaker.Lab.Api.Schema;

/// <summary>Runs the validation rules over a value that fits its schema.</summary>
internal static class RuleRunner
{
    public static void Run(StructuralSchema schema, JsonNode? value, JsonNode? old, string path, bool isResource, List<FieldError> errors)
    {
        // An unchanged value was accepted once; a rule that came later does not lock it in.
        if (value is null || (old is not null && JsonNode.DeepEquals(value, old)))
            return;
        if (schema.Rules.Count > 0)
        {
            var self = ToCel(schema, value, isResource);
            var oldSelf = ToCel(schema, old, isResource);
            foreach (var rule in schema.Rules)
            {
                if ((old is not null || !rule.Program.UsesOldSelf) && rule.Check(path, self, oldSelf) is { } error)
                    errors.Add(error);
            }
        }
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, member) in map.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    if (schema.Member(name) is { } known)
                        Run(known, member, (old as JsonObject)?[name], $"{path}.{name}", known.IsEmbeddedResource, errors);
                }
                break;
            case JsonArray list when schema.Items is { } items:
                for (var i = 0; i < list.Count; i++)
                    Run(items, list[i], OldItem(schema, list[i], old), $"{path}[{i}]", items.IsEmbeddedResource, errors);
                break;
        }
    }

    /// <summary>The old item with the same keys; only a list-map tells which item is the same one.</summary>
    public static JsonNode? OldItem(StructuralSchema schema, JsonNode? item, JsonNode? old) =>
        schema.ListType == "map" && item is JsonObject && old is JsonArray list
            ? list.FirstOrDefault(other => JsonNode.DeepEquals(Keys(schema, other), Keys(schema, item)))
            : null;

    public static JsonObject Keys(StructuralSchema schema, JsonNode? item) =>
        new(schema.ListMapKeys.Order(StringComparer.Ordinal).Select(key => KeyValuePair.Create(key, (item as JsonObject)?[key]?.DeepClone())));

    // The schema says which kind of number a number is, and which strings are times or durations.
    private static object? ToCel(StructuralSchema? schema, JsonNode? value, bool isResource)
    {
        switch (value)
        {
            case JsonArray list when schema?.Items is { } items:
                return list.Select(item => ToCel(items, item, items.IsEmbeddedResource)).ToList();
            case JsonObject map:
                return new CelMap(map
                    .Where(member => member.Value is not null || schema?.Member(member.Key)?.Nullable == true)
                    .Select(member => KeyValuePair.Create<object, object?>(member.Key, isResource && member.Key == "metadata"
                        ? CelValue.From(Naming(member.Value))
                        : ToCel(schema?.Member(member.Key), member.Value, schema?.Member(member.Key)?.IsEmbeddedResource == true))));
            case JsonValue scalar when schema is { Type: "number" } && scalar.GetValueKind() == JsonValueKind.Number:
                return CelValue.From(scalar) is long whole ? (double)whole : CelValue.From(scalar);
            case JsonValue scalar when schema is { Type: "string" } && scalar.GetValueKind() == JsonValueKind.String:
                return ToCel(schema.Format, scalar.GetValue<string>());
            default:
                return CelValue.From(value);
        }
    }

    private static object? ToCel(string format, string text) => format switch
    {
        "date-time" => CelTimes.ParseTimestamp(text),
        "date" => CelTimes.ParseTimestamp(text + "T00:00:00Z"),
        "duration" => CelTimes.ParseDuration(text),
        "byte" => Convert.FromBase64String(text),
        _ => text,
    };

    // Of metadata a rule may only see the name and the prefix a name is generated from.
    private static JsonObject Naming(JsonNode? metadata) => new(((metadata as JsonObject) ?? [])
        .Where(member => member.Key is "name" or "generateName")
        .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
}
