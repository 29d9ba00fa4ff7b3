using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Schema;

internal static class SchemaDefaults
{
    public static void Apply(StructuralSchema schema, JsonNode? value)
    {
        switch (value)
        {
            case JsonArray list when schema.Items is { } items:
                foreach (var item in list)
                    Apply(items, item);
                break;
            case JsonObject map:
                foreach (var (name, property) in schema.Properties)
                    ApplyMember(property, map, name);
                foreach (var (name, member) in map.ToList())
                {
                    if (schema.Member(name) is { } known)
                        Apply(known, member);
                }
                break;
        }
    }

    // A null where none is allowed counts as absent: the default takes its place, or it goes.
    private static void ApplyMember(StructuralSchema property, JsonObject map, string name)
    {
        var isNull = map.TryGetPropertyValue(name, out var value) && value is null;
        if (isNull && property.Nullable)
            return;
        if (property.HasDefault && value is null)
            map[name] = property.Default?.DeepClone();
        else if (isNull && !property.PreserveUnknownFields)
            map.Remove(name);
    }
}
