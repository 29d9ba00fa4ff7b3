using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api;

/// <summary>Field errors in the words of Kubernetes' field package.</summary>
internal static class Errors
{
    public static FieldError Required(string field, string? why = null) => new("FieldValueRequired", field, why is null ? "Required value" : "Required value: " + why);

    public static FieldError Invalid(string field, string value, string why) => InvalidJson(field, JsonValue.Create(value), why);

    public static FieldError Invalid(string field, long value, string why) => InvalidJson(field, JsonValue.Create(value), why);

    public static FieldError InvalidJson(string field, JsonNode? value, string why) => new("FieldValueInvalid", field, $"Invalid value: {Json.Text(value)}: {why}");

    public static FieldError Forbidden(string field, string why) => new("FieldValueForbidden", field, "Forbidden: " + why);

    public static FieldError Duplicate(string field, string value) => new("FieldValueDuplicate", field, $"Duplicate value: \"{value}\"");

    public static FieldError NotSupported(string field, string value, params string[] supported) => new("FieldValueNotSupported", field,
        $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}");
}
