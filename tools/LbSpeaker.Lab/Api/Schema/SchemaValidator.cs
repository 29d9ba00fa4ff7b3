using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Patching;

namespace LbSpeaker.Lab.Api.Schema;

/// <summary>Validation in the order and the words of the API server: schema, list topology, then rules.</summary>
internal static class SchemaValidator
{
    public static IReadOnlyList<FieldError> ValidateAll(StructuralSchema schema, JsonObject value, JsonObject? old)
    {
        var errors = new List<FieldError>();
        Validate(schema, value, old, "", errors);
        CheckLists(schema, value, old, "", errors);
        if (errors.Any(error => error.BlocksRules))
            errors.Add(FieldError.RulesNotChecked);
        else
            RuleRunner.Run(schema, value, old, "", isResource: true, errors);
        return errors;
    }

    private static void Validate(StructuralSchema schema, JsonNode? value, JsonNode? old, string path, List<FieldError> errors)
    {
        if ((old is not null && JsonNode.DeepEquals(value, old)) || (value is null && schema.Nullable))
            return;
        if (!CheckType(schema, value, path, errors))
            return;
        if (schema.Enum is { } values && !values.Any(allowed => JsonNode.DeepEquals(allowed, value)))
            errors.Add(FieldError.NotSupported(path, value, values));
        switch (value)
        {
            case JsonObject map:
                CheckObject(schema, map, old as JsonObject, path, errors);
                break;
            case JsonArray list:
                CheckArray(schema, list, old, path, errors);
                break;
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String:
                CheckString(schema, scalar.GetValue<string>(), path, errors);
                break;
            case JsonValue scalar when scalar.GetValueKind() == JsonValueKind.Number:
                CheckNumber(schema, scalar, path, errors);
                break;
        }
        CheckCombinations(schema, value, path, errors);
    }

    private static bool CheckType(StructuralSchema schema, JsonNode? value, string path, List<FieldError> errors)
    {
        var actual = TypeOf(value);
        if (schema.IntOrString)
        {
            if (actual is "integer" or "string")
                return true;
            return Fail("integer,string", actual);
        }
        if (schema.Type.Length == 0 || schema.Type == actual || (schema.Type == "number" && actual == "integer"))
            return true;
        if (schema.Type == "integer" && actual == "number" && schema.Format is "int32" or "int64")
        {
            // The API server checks the format against its own name of the type, then once more the value.
            Fail(schema.Format, "float64");
            errors.Add(FieldError.Invalid(FieldError.NoField, "", RangeText(schema.Format, path)));
            return false;
        }
        return Fail(schema.Type, actual);

        bool Fail(string wanted, string found)
        {
            errors.Add(FieldError.TypeInvalid(Field(path), found, $"{path} in body must be of type {wanted}: \"{found}\""));
            return false;
        }
    }

    private static void CheckObject(StructuralSchema schema, JsonObject map, JsonObject? old, string path, List<FieldError> errors)
    {
        if (map.Count < schema.MinProperties)
            errors.Add(FieldError.Invalid(Field(path), map.Count, $"{path} in body should have at least {schema.MinProperties} properties"));
        if (map.Count > schema.MaxProperties)
            errors.Add(FieldError.Invalid(Field(path), map.Count, $"{path} in body should have at most {schema.MaxProperties} properties"));
        var names = schema.Required.Where(name => !map.ContainsKey(name)).Concat(map.Select(member => member.Key));
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            if (!map.ContainsKey(name))
                errors.Add(FieldError.Required(Join(path, name)));
            else if (schema.Member(name) is { } known)
                Validate(known, map[name], old?[name], Join(path, name), errors);
        }
    }

    private static void CheckArray(StructuralSchema schema, JsonArray list, JsonNode? old, string path, List<FieldError> errors)
    {
        if (list.Count < schema.MinItems)
            errors.Add(FieldError.Invalid(Field(path), list.Count, $"{path} in body should have at least {schema.MinItems} items"));
        if (list.Count > schema.MaxItems)
            errors.Add(FieldError.TooMany(Field(path), list.Count, schema.MaxItems.Value));
        if (schema.UniqueItems && FirstDuplicate(list) is not null)
            errors.Add(FieldError.Invalid(Field(path), list, $"{path} in body shouldn't contain duplicates"));
        for (var i = 0; schema.Items is { } items && i < list.Count; i++)
            Validate(items, list[i], RuleRunner.OldItem(schema, list[i], old), $"{path}[{i}]", errors);
    }

    private static void CheckString(StructuralSchema schema, string text, string path, List<FieldError> errors)
    {
        var length = text.EnumerateRunes().Count();
        if (length < schema.MinLength)
            errors.Add(FieldError.Invalid(Field(path), text, $"{path} in body should be at least {schema.MinLength} chars long"));
        if (length > schema.MaxLength)
            errors.Add(FieldError.TooLong(Field(path), schema.MaxLength.Value));
        if (schema.Pattern is { } pattern && !pattern.IsMatch(text))
            errors.Add(FieldError.Invalid(Field(path), text, $"{path} in body should match '{pattern}'"));
        if (schema.Type == "string" && !ValueFormats.IsValid(schema.Format, text))
            errors.Add(FieldError.TypeInvalid(Field(path), text, $"{path} in body must be of type {schema.Format}: {ApplySchema.Text(text)}"));
    }

    private static void CheckNumber(StructuralSchema schema, JsonValue value, string path, List<FieldError> errors)
    {
        // Beyond a decimal there is no bound in a schema to fail but the ones below, which such a number is past.
        var number = decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
            ? exact
            : value.ToJsonString().StartsWith('-') ? decimal.MinValue : decimal.MaxValue;
        if (schema.Maximum is { } max && (schema.ExclusiveMaximum ? number >= max : number > max))
            errors.Add(FieldError.Invalid(Field(path), value, $"{path} in body should be less than {(schema.ExclusiveMaximum ? "" : "or equal to ")}{Text(max)}"));
        if (schema.Minimum is { } min && (schema.ExclusiveMinimum ? number <= min : number < min))
            errors.Add(FieldError.Invalid(Field(path), value, $"{path} in body should be greater than {(schema.ExclusiveMinimum ? "" : "or equal to ")}{Text(min)}"));
        if (schema.MultipleOf is { } step && number % step != 0)
            errors.Add(FieldError.Invalid(Field(path), value, $"{path} in body should be a multiple of {Text(step)}"));
        var fits = schema.Format switch
        {
            "int32" => number is >= int.MinValue and <= int.MaxValue,
            "int64" => number is >= long.MinValue and <= long.MaxValue,
            _ => true,
        };
        if (!fits && schema.Type == "integer")
            errors.Add(FieldError.Invalid(FieldError.NoField, "", RangeText(schema.Format, path)));
    }

    private static void CheckCombinations(StructuralSchema schema, JsonNode? value, string path, List<FieldError> errors)
    {
        bool Holds(StructuralSchema part)
        {
            var found = new List<FieldError>();
            Validate(part, value, null, path, found);
            return found.Count == 0;
        }

        void Fail(string text) => errors.Add(FieldError.Invalid(FieldError.NoField, "", $"\"{path}\" {text}"));

        if (schema.AnyOf.Count > 0 && !schema.AnyOf.Any(Holds))
            Fail("must validate at least one schema (anyOf)");
        if (schema.OneOf.Count > 0 && schema.OneOf.Count(Holds) is var valid and not 1)
            Fail("must validate one and only one schema (oneOf). " + (valid == 0 ? "Found none valid" : $"Found {valid} valid alternatives"));
        foreach (var part in schema.AllOf)
        {
            var before = errors.Count;
            Validate(part, value, null, path, errors);
            if (errors.Count > before)
                Fail("must validate all the schemas (allOf)");
        }
        if (schema.Not is { } not && Holds(not))
            Fail("must not validate the schema (not)");
    }

    // Sets and maps are checked apart from the schema, and only where the list changed.
    private static void CheckLists(StructuralSchema schema, JsonNode? value, JsonNode? old, string path, List<FieldError> errors)
    {
        if (old is not null && JsonNode.DeepEquals(value, old))
            return;
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, member) in map.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    if (schema.Member(name) is { } known)
                        CheckLists(known, member, (old as JsonObject)?[name], Join(path, name), errors);
                }
                break;
            case JsonArray list when schema.Items is { } items:
                var ids = schema.ListType switch
                {
                    "set" => list.Select(item => item?.DeepClone()).ToList(),
                    "map" => [.. list.Select(item => RuleRunner.Keys(schema, item))],
                    _ => [],
                };
                for (var i = 1; i < ids.Count; i++)
                {
                    if (ids.Take(i).Any(id => JsonNode.DeepEquals(id, ids[i])))
                        errors.Add(FieldError.Duplicate($"{path}[{i}]", ids[i]));
                }
                for (var i = 0; i < list.Count; i++)
                    CheckLists(items, list[i], RuleRunner.OldItem(schema, list[i], old), $"{path}[{i}]", errors);
                break;
        }
    }

    private static int? FirstDuplicate(JsonArray list)
    {
        for (var i = 1; i < list.Count; i++)
        {
            if (list.Take(i).Any(item => JsonNode.DeepEquals(item, list[i])))
                return i;
        }
        return null;
    }

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => IsWhole(value.ToJsonString()) ? "integer" : "number",
    };

    private static bool IsWhole(string number) =>
        decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? decimal.IsInteger(value)
            : !number.Contains('-', StringComparison.Ordinal);

    private static string RangeText(string format, string path) => $"Checked value must be of type integer with format {format} in {path}";

    private static string Text(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);

    private static string Field(string path) => path.Length == 0 ? FieldError.NoField : path;

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
