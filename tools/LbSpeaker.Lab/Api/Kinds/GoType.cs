using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Kinds;

/// <summary>
/// The shape of a built-in kind, as its Go struct decodes and writes JSON: which fields there are, what each accepts, which are written
/// even when empty. Built-in kinds are decoded into structs and not validated by a schema, so their refusals read differently from a
/// custom resource's ("json: cannot unmarshal …").
/// </summary>
internal abstract record GoType
{
    /// <summary>Its name in a decoding error, such as <c>[]string</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The OpenAPI v3 schema of it.</summary>
    public abstract JsonObject OpenApi();

    /// <summary>Checks and normalises a value; null means the value is as good as absent.</summary>
    public abstract JsonNode? Decode(JsonNode value, in Decoding at);

    public virtual JsonNode? Zero => null;

    protected static string KindOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "bool",
        var number when number == JsonValueKind.Number && Json.Number(value) is null => "number " + value.ToJsonString(),
        _ => "number",
    };
}

/// <summary>Where decoding stands: the innermost struct, the JSON path, and the unknown fields met so far.</summary>
internal readonly record struct Decoding(string Struct, string Path, string ReportPath, List<string>? Unknown)
{
    public DecodingException Mismatch(string found, string type) => new(
        $"json: cannot unmarshal {found} into Go struct field {Struct}.{Path} of type {type}");
}

/// <summary>A value that a built-in kind's struct cannot hold; the message is Go's.</summary>
internal sealed class DecodingException(string message) : Exception(message);

internal sealed record GoAny : GoType
{
    public override string Name => "interface {}";
    public override JsonObject OpenApi() => new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
    public override JsonNode? Decode(JsonNode value, in Decoding at) => value;
}

/// <param name="Form">string, bool, int32, int64, bytes, time, microtime, intorstr or quantity.</param>
/// <param name="GoName">What Go calls it where that is a type of its own.</param>
internal sealed record GoScalar(string Form, string GoName) : GoType
{
    private static readonly System.Buffers.SearchValues<char> Base64Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    public override string Name => GoName;

    public override JsonNode? Zero => Form switch
    {
        "string" or "bytes" => "",
        "bool" => false,
        "int32" or "int64" => 0,
        _ => null,
    };

    public override JsonObject OpenApi() => Form switch
    {
        "bool" => new() { ["type"] = "boolean" },
        "int32" or "int64" => new() { ["type"] = "integer", ["format"] = Form },
        "bytes" => new() { ["type"] = "string", ["format"] = "byte" },
        "time" or "microtime" => new() { ["type"] = "string", ["format"] = "date-time" },
        "intorstr" => new() { ["type"] = "string", ["format"] = "int-or-string" },
        _ => new() { ["type"] = "string" },
    };

    public override JsonNode? Decode(JsonNode value, in Decoding at)
    {
        var kind = value.GetValueKind();
        switch (Form)
        {
            case "bool":
                if (kind is JsonValueKind.True or JsonValueKind.False) return value;
                break;
            case "int32" or "int64":
                if (Json.Number(value) is { } number && (Form == "int64" || number is >= int.MinValue and <= int.MaxValue)) return value;
                break;
            case "intorstr":
                if (kind is JsonValueKind.String || Json.Number(value) is not null) return value;
                break;
            case "quantity":
                if (kind is JsonValueKind.Number) return value.ToJsonString();
                if (kind is JsonValueKind.String) return value;
                break;
            case "time" or "microtime":
                if (kind is JsonValueKind.String) return Time(value.GetValue<string>());
                break;
            case "bytes":
                if (kind is JsonValueKind.String) return Base64(value.GetValue<string>());
                break;
            default:
                if (kind is JsonValueKind.String) return value;
                break;
        }
        throw at.Mismatch(KindOf(value), GoName);
    }

    private JsonValue? Time(string text)
    {
        if (text.Length == 0) return null;
        var layout = Form == "time" ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00";
        var fraction = text.IndexOf('.');
        var digits = fraction < 0 ? 0 : text.AsSpan(fraction + 1).IndexOfAnyExceptInRange('0', '9');
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) || !text.Contains('T'))
            throw new DecodingException($"parsing time \"{text}\" as \"{layout}\": cannot parse \"{text}\" as \"2006\"");
        if (Form == "microtime" && digits != 6)
            throw new DecodingException($"parsing time \"{text}\" as \"{layout}\": cannot parse \"{(fraction < 0 ? "Z" : text[fraction..])}\" as \".000000\"");
        return Form == "time" ? JsonValue.Create(Timestamps.Seconds(time)) : JsonValue.Create(Timestamps.Micros(time));
    }

    private static JsonValue? Base64(string text)
    {
        if (!Convert.TryFromBase64String(text, new byte[text.Length], out _))
        {
            var bad = text.AsSpan().IndexOfAnyExcept(Base64Alphabet);
            throw new DecodingException(string.Create(CultureInfo.InvariantCulture, $"illegal base64 data at input byte {(bad < 0 ? text.Length : bad)}"));
        }
        return JsonValue.Create(text);
    }
}

internal sealed record GoList(GoType Item) : GoType
{
    public override string Name => "[]" + Item.Name;
    public override JsonObject OpenApi() => new() { ["type"] = "array", ["items"] = Item.OpenApi() };

    public override JsonNode? Decode(JsonNode value, in Decoding at)
    {
        if (value is not JsonArray array) throw at.Mismatch(KindOf(value), Name);
        for (var i = 0; i < array.Count; i++)
        {
            var below = at with { ReportPath = string.Create(CultureInfo.InvariantCulture, $"{at.ReportPath}[{i}]") };
            var item = array[i];
            var decoded = item is null ? Item.Zero : Item.Decode(item, below) ?? Item.Zero;
            if (!ReferenceEquals(decoded, item)) array[i] = decoded;
        }
        return array;
    }
}

internal sealed record GoMap(GoType Item) : GoType
{
    public override string Name => "map[string]" + Item.Name;
    public override JsonObject OpenApi() => new() { ["type"] = "object", ["additionalProperties"] = Item.OpenApi() };

    public override JsonNode? Decode(JsonNode value, in Decoding at)
    {
        if (value is not JsonObject map) throw at.Mismatch(KindOf(value), Name);
        foreach (var (key, item) in map.ToArray())
        {
            var decoded = item is null ? Item.Zero : Item.Decode(item, at with { ReportPath = at.ReportPath + "." + key }) ?? Item.Zero;
            if (!ReferenceEquals(decoded, item)) map[key] = decoded;
        }
        return map;
    }
}

/// <param name="Presence">How an empty value is written.</param>
internal sealed record GoField(string Name, GoType Type, Presence Presence);

internal enum Presence
{
    /// <summary>Left out when it is the zero value (omitempty).</summary>
    OmitEmpty,

    /// <summary>A pointer: left out when absent, kept when it is an explicit zero.</summary>
    Pointer,

    /// <summary>Always written.</summary>
    Always,
}

internal sealed record GoStruct(string StructName) : GoType
{
    private readonly Dictionary<string, GoField> _fields = new(StringComparer.Ordinal);
    private readonly List<GoField> _order = [];

    /// <summary>For a kind: apiVersion and kind are fields of every kind and not listed.</summary>
    public bool IsKind { get; init; }

    public IReadOnlyList<GoField> Fields => _order;
    public override string Name => "v1." + StructName;
    public override JsonNode? Zero => Decode(new JsonObject(), new Decoding(StructName, "", "", null));

    public void Add(GoField field)
    {
        _fields[field.Name] = field;
        _order.Add(field);
    }

    public override JsonObject OpenApi()
    {
        var properties = new JsonObject();
        if (IsKind)
        {
            properties["apiVersion"] = new JsonObject { ["type"] = "string" };
            properties["kind"] = new JsonObject { ["type"] = "string" };
        }
        foreach (var field in _order) properties[field.Name] = field.Type.OpenApi();
        return new JsonObject { ["type"] = "object", ["properties"] = properties };
    }

    public override JsonNode? Decode(JsonNode value, in Decoding at)
    {
        if (value is not JsonObject source) throw at.Mismatch(KindOf(value), Name);
        foreach (var (key, _) in source.ToArray())
        {
            if (_fields.ContainsKey(key) || (IsKind && key is "apiVersion" or "kind")) continue;
            at.Unknown?.Add(at.ReportPath.Length == 0 ? key : at.ReportPath + "." + key);
            source.Remove(key);
        }
        foreach (var field in _order) DecodeField(source, field, at);
        return source;
    }

    private void DecodeField(JsonObject source, GoField field, in Decoding at)
    {
        if (source[field.Name] is not { } present)
        {
            if (field.Presence == Presence.Always) source[field.Name] = field.Type.Zero;
            else source.Remove(field.Name);
            return;
        }
        var below = new Decoding(StructName, at.Path.Length == 0 ? field.Name : at.Path + "." + field.Name,
            at.ReportPath.Length == 0 ? field.Name : at.ReportPath + "." + field.Name, at.Unknown);
        var decoded = field.Type.Decode(present, below);
        if (field.Presence == Presence.OmitEmpty && IsEmpty(decoded)) source.Remove(field.Name);
        else if (decoded is null && field.Presence != Presence.Always) source.Remove(field.Name);
        else if (!ReferenceEquals(decoded, present)) source[field.Name] = decoded;
    }

    private static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonObject map => map.Count == 0,
        JsonArray list => list.Count == 0,
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>().Length == 0,
            JsonValueKind.False => true,
            JsonValueKind.Number => Json.Number(value) == 0,
            _ => false,
        },
    };
}
