using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Http;

namespace LbSpeaker.Tests.Manifests.Chart;

/// <summary>The functions that the chart's templates may use. Values are strings, booleans, whole numbers, JSON objects and lists, and null.</summary>
internal static class TemplateFunctions
{
    /// <exception cref="FormatException">No such function here, or arguments that it does not take.</exception>
    public static object? Call(string name, object?[] arguments) => (name, arguments) switch
    {
        ("default", [var otherwise, var given]) => IsTrue(given) ? given : otherwise,
        ("quote", [var value]) => JsonSerializer.Serialize(Print(value)),
        ("toYaml", [var value]) => Yaml.Write(Node(value)).TrimEnd('\n'),
        ("nindent", [long by, var value]) => "\n" + string.Join('\n', Print(value).Split('\n').Select(l => l.Length == 0 ? l : new string(' ', (int)by) + l)),
        ("trunc", [long length, var value]) => Print(value) is var text && text.Length > length ? text[..(int)length] : Print(value),
        ("trimSuffix", [string suffix, var value]) => Print(value) is var text && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : Print(value),
        ("hasSuffix", [string suffix, var value]) => Print(value).EndsWith(suffix, StringComparison.Ordinal),
        ("contains", [string part, var value]) => Print(value).Contains(part, StringComparison.Ordinal),
        ("replace", [string old, string by, var value]) => Print(value).Replace(old, by, StringComparison.Ordinal),
        ("printf", [string format, .. var values]) => Format(format, values),
        ("list", var items) => new JsonArray([.. items.Select(Node)]),
        ("omit", [JsonObject from, .. var names]) => new JsonObject(from.Where(m => !names.Contains(m.Key)).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))),
        ("eq", [var one, var other]) => Equals(one, other),
        ("ne", [var one, var other]) => !Equals(one, other),
        ("not", [var value]) => !IsTrue(value),
        ("and", [var one, var other]) => IsTrue(one) ? other : one,
        ("or", [var one, var other]) => IsTrue(one) ? one : other,
        _ => throw new FormatException($"{name} with {arguments.Length} arguments is not of the subset"),
    };

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        JsonObject map => map.Count > 0,
        JsonArray list => list.Count > 0,
        _ => true,
    };

    /// <exception cref="FormatException">Nothing, a map or a list, of which Go would print something that is no YAML.</exception>
    public static string Print(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new FormatException($"{(value is null ? "nothing" : "a map or list")} is printed"),
    };

    public static object? Value(JsonNode? node) => node switch
    {
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => (object?)value.GetValue<string>(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => value.GetValue<long>(),
        },
        _ => (object?)node,
    };

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        _ => throw new FormatException($"{value} is no value of YAML"),
    };

    private static string Format(string format, object?[] values)
    {
        string[] parts = format.Split("%s");
        if (parts.Length != values.Length + 1) throw new FormatException($"printf \"{format}\" with {values.Length} values");
        return string.Concat(parts.Select((part, i) => i < values.Length ? part + Print(values[i]) : part));
    }
}
