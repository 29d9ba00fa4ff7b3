using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LbSpeaker.Lab.Api.Schema;

/// <summary>Reads a JSONSchemaProps object; every keyword is either honoured or refused.</summary>
internal static class SchemaParser
{
    private static readonly HashSet<string> Documentation = ["description", "title", "example", "externalDocs", "$schema", "id"];

    private static readonly HashSet<string> Known =
    [
        "type", "format", "nullable", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-embedded-resource", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type",
        "properties", "additionalProperties", "items", "default", "required", "enum", "pattern", "minimum",
        "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems",
        "uniqueItems", "minProperties", "maxProperties", "allOf", "anyOf", "oneOf", "not", "x-kubernetes-validations",
    ];

    public static StructuralSchema Parse(JsonObject schema, bool preserveUnknown)
    {
        if (Text(schema, "type", "") != "object")
            throw new SchemaException("type", "must be object at the root");
        return Parse(schema, "", structural: true, preserveUnknown);
    }

    /// <param name="structural">False below allOf, anyOf, oneOf and not, where a type need not be given.</param>
    private static StructuralSchema Parse(JsonObject schema, string path, bool structural, bool preserve = false)
    {
        foreach (var name in schema.Select(member => member.Key))
        {
            if (!Known.Contains(name) && !Documentation.Contains(name))
                throw new SchemaException(At(path, name), "is not supported");
        }
        var type = Text(schema, "type", path) ?? "";
        var intOrString = Flag(schema, "x-kubernetes-int-or-string", path);
        preserve |= Flag(schema, "x-kubernetes-preserve-unknown-fields", path);
        if (type is not ("" or "object" or "array" or "string" or "integer" or "number" or "boolean"))
            throw new SchemaException(At(path, "type"), $"Unsupported value: \"{type}\"");
        if (structural && type.Length == 0 && !intOrString && !preserve)
            throw new SchemaException(At(path, "type"), "Required value: must not be empty for specified object fields");
        if (structural && type == "array" && schema["items"] is null)
            throw new SchemaException(At(path, "items"), "Required value: must be specified");
        if (schema["properties"] is JsonObject { Count: > 0 } && schema["additionalProperties"] is JsonObject)
            throw new SchemaException(At(path, "additionalProperties"), "Forbidden: additionalProperties and properties are mutual exclusive");

        var (listType, keys) = ListTopology(schema, path);
        return new StructuralSchema
        {
            Type = type,
            Format = Text(schema, "format", path) ?? "",
            Nullable = Flag(schema, "nullable", path),
            IntOrString = intOrString,
            PreserveUnknownFields = preserve,
            IsEmbeddedResource = Flag(schema, "x-kubernetes-embedded-resource", path),
            ListType = listType,
            ListMapKeys = keys,
            MapType = Text(schema, "x-kubernetes-map-type", path),
            Properties = Properties(schema, path, structural),
            AdditionalProperties = AdditionalProperties(schema, path, structural),
            Items = Child(schema, "items", path, structural),
            HasDefault = schema.ContainsKey("default"),
            Default = schema["default"]?.DeepClone(),
            Required = [.. Strings(schema, "required", path).Order(StringComparer.Ordinal)],
            Enum = schema["enum"]?.DeepClone() as JsonArray,
            Pattern = Pattern(schema, path),
            Minimum = Number(schema, "minimum", path),
            ExclusiveMinimum = Flag(schema, "exclusiveMinimum", path),
            Maximum = Number(schema, "maximum", path),
            ExclusiveMaximum = Flag(schema, "exclusiveMaximum", path),
            MultipleOf = Number(schema, "multipleOf", path),
            MinLength = Count(schema, "minLength", path),
            MaxLength = Count(schema, "maxLength", path),
            MinItems = Count(schema, "minItems", path),
            MaxItems = Count(schema, "maxItems", path),
            UniqueItems = Flag(schema, "uniqueItems", path),
            MinProperties = Count(schema, "minProperties", path),
            MaxProperties = Count(schema, "maxProperties", path),
            AllOf = Several(schema, "allOf", path),
            AnyOf = Several(schema, "anyOf", path),
            OneOf = Several(schema, "oneOf", path),
            Not = Child(schema, "not", path, structural: false),
            Rules = Rules(schema, path),
        };
    }

    private static (string? Type, IReadOnlyList<string> Keys) ListTopology(JsonObject schema, string path)
    {
        var type = Text(schema, "x-kubernetes-list-type", path);
        var keys = Strings(schema, "x-kubernetes-list-map-keys", path);
        if (type is not (null or "atomic" or "set" or "map"))
            throw new SchemaException(At(path, "x-kubernetes-list-type"), $"Unsupported value: \"{type}\": supported values: \"atomic\", \"map\", \"set\"");
        if (type == "map" && keys.Count == 0)
            throw new SchemaException(At(path, "x-kubernetes-list-map-keys"), "Required value: must not be empty if x-kubernetes-list-type is map");
        return (type, keys);
    }

    private static SortedDictionary<string, StructuralSchema> Properties(JsonObject schema, string path, bool structural)
    {
        var result = new SortedDictionary<string, StructuralSchema>(StringComparer.Ordinal);
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            var at = $"{At(path, "properties")}[{name}]";
            result[name] = Parse(property as JsonObject ?? throw new SchemaException(at, "must be an object"), at, structural);
        }
        return result;
    }

    // A bare true says that any key may stand there and its value is kept.
    private static StructuralSchema? AdditionalProperties(JsonObject schema, string path, bool structural) =>
        schema["additionalProperties"] switch
        {
            JsonObject => Child(schema, "additionalProperties", path, structural),
            JsonValue value when value.GetValueKind() == JsonValueKind.True => new StructuralSchema { PreserveUnknownFields = true, Nullable = true },
            null => null,
            _ => throw new SchemaException(At(path, "additionalProperties"), "Forbidden: additionalProperties cannot be set to false"),
        };

    private static StructuralSchema? Child(JsonObject schema, string name, string path, bool structural) => schema[name] switch
    {
        null => null,
        JsonObject child => Parse(child, At(path, name), structural),
        _ => throw new SchemaException(At(path, name), "must be an object"),
    };

    private static List<StructuralSchema> Several(JsonObject schema, string name, string path) =>
    [
        .. (schema[name] as JsonArray ?? []).Select((item, index) => Parse(
            item as JsonObject ?? throw new SchemaException($"{At(path, name)}[{index}]", "must be an object"), $"{At(path, name)}[{index}]", structural: false)),
    ];

    private static List<ValidationRule> Rules(JsonObject schema, string path) =>
    [
        .. (schema["x-kubernetes-validations"] as JsonArray ?? []).Select((item, index) =>
            ValidationRule.Parse(item as JsonObject ?? [], $"{At(path, "x-kubernetes-validations")}[{index}]")),
    ];

    private static Regex? Pattern(JsonObject schema, string path)
    {
        if (Text(schema, "pattern", path) is not { } pattern)
            return null;
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new SchemaException(At(path, "pattern"), $"must be a valid regular expression, but isn't: {e.Message}");
        }
    }

    private static string At(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string? Text(JsonObject schema, string name, string path) => schema[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw new SchemaException(At(path, name), "must be a string"),
    };

    private static bool Flag(JsonObject schema, string name, string path) => schema[name] switch
    {
        null => false,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValueKind() == JsonValueKind.True,
        _ => throw new SchemaException(At(path, name), "must be a boolean"),
    };

    private static decimal? Number(JsonObject schema, string name, string path) => schema[name] switch
    {
        null => null,
        JsonValue value when decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new SchemaException(At(path, name), "must be a number that a decimal holds"),
    };

    private static long? Count(JsonObject schema, string name, string path) => Number(schema, name, path) switch
    {
        null => null,
        var number and >= 0 and <= long.MaxValue when decimal.IsInteger(number.Value) => (long)number.Value,
        _ => throw new SchemaException(At(path, name), "must be an integer of 0 or more"),
    };

    private static List<string> Strings(JsonObject schema, string name, string path) => schema[name] switch
    {
        null => [],
        JsonArray list when list.All(item => item?.GetValueKind() == JsonValueKind.String) => [.. list.Select(item => item!.GetValue<string>())],
        _ => throw new SchemaException(At(path, name), "must be a list of strings"),
    };
}
