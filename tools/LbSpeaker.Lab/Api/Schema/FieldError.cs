using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Patching;

namespace LbSpeaker.Lab.Api.Schema;

/// <summary>One cause of a 422 answer, in Kubernetes' words.</summary>
/// <param name="Reason">For example "FieldValueInvalid".</param>
/// <param name="Field">Path such as <c>spec.ports[0].name</c>; "&lt;nil&gt;" where Kubernetes names none.</param>
/// <param name="Message">The cause's message; the Status message puts the field and a colon before it.</param>
public sealed record FieldError(string Reason, string Field, string Message)
{
    internal const string NoField = "<nil>";

    // An invalid value of these hides what else may be wrong, so rules do not run on top of it.
    internal bool BlocksRules => Reason is "FieldValueNotSupported" or "FieldValueRequired" or "FieldValueTooLong"
        or "FieldValueTooMany" or "FieldValueTypeInvalid";

    internal static FieldError Invalid(string field, JsonNode? value, string detail) =>
        new("FieldValueInvalid", field, $"Invalid value: {ApplySchema.Text(value)}: {detail}");

    internal static FieldError TypeInvalid(string field, JsonNode? value, string detail) =>
        new("FieldValueTypeInvalid", field, $"Invalid value: {ApplySchema.Text(value)}: {detail}");

    internal static FieldError Required(string field) => new("FieldValueRequired", field, "Required value");

    internal static FieldError Duplicate(string field, JsonNode? value) =>
        new("FieldValueDuplicate", field, $"Duplicate value: {ApplySchema.Text(value)}");

    internal static FieldError NotSupported(string field, JsonNode? value, IEnumerable<JsonNode?> supported) => new(
        "FieldValueNotSupported", field,
        $"Unsupported value: {ApplySchema.Text(value)}: supported values: {string.Join(", ", supported.Select(ApplySchema.Text))}");

    internal static FieldError TooLong(string field, long max) =>
        new("FieldValueTooLong", field, $"Too long: may not be more than {max} bytes");

    internal static FieldError TooMany(string field, long actual, long max) =>
        new("FieldValueTooMany", field, $"Too many: {actual}: must have at most {max} items");

    internal static FieldError RulesNotChecked { get; } = Invalid(
        NoField, null, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation");
}
