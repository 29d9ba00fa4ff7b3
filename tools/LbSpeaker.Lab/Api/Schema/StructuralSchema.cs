using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LbSpeaker.Lab.Api.Schema;

/// <summary>
/// A structural schema of a CustomResourceDefinition (apiextensions.k8s.io/v1), compiled: what a value may hold, its
/// defaults, and its validation rules.
/// </summary>
public sealed class StructuralSchema
{
    internal StructuralSchema() { }

    /// <summary>"object", "array", "string", "integer", "number", "boolean", or "" for any (int-or-string, preserved).</summary>
    public string Type { get; internal init; } = "";

    public string Format { get; internal init; } = "";

    public bool Nullable { get; internal init; }

    public bool IntOrString { get; internal init; }

    public bool PreserveUnknownFields { get; internal init; }

    public bool IsEmbeddedResource { get; internal init; }

    /// <summary>"atomic", "set", "map" or null for none given (atomic).</summary>
    public string? ListType { get; internal init; }

    public IReadOnlyList<string> ListMapKeys { get; internal init; } = [];

    /// <summary>"atomic", "granular" or null for none given (granular).</summary>
    public string? MapType { get; internal init; }

    /// <summary>By name in ordinal order.</summary>
    public IReadOnlyDictionary<string, StructuralSchema> Properties { get; internal init; } =
        new SortedDictionary<string, StructuralSchema>(StringComparer.Ordinal);

    public StructuralSchema? AdditionalProperties { get; internal init; }

    public StructuralSchema? Items { get; internal init; }

    public bool HasDefault { get; internal init; }

    internal JsonNode? Default { get; init; }

    internal string? DefaultText => HasDefault && Default is JsonValue value ? value.ToString() : null;

    internal IReadOnlyList<string> Required { get; init; } = [];

    internal JsonArray? Enum { get; init; }

    internal Regex? Pattern { get; init; }

    internal decimal? Minimum { get; init; }

    internal bool ExclusiveMinimum { get; init; }

    internal decimal? Maximum { get; init; }

    internal bool ExclusiveMaximum { get; init; }

    internal decimal? MultipleOf { get; init; }

    internal long? MinLength { get; init; }

    internal long? MaxLength { get; init; }

    internal long? MinItems { get; init; }

    internal long? MaxItems { get; init; }

    internal bool UniqueItems { get; init; }

    internal long? MinProperties { get; init; }

    internal long? MaxProperties { get; init; }

    internal IReadOnlyList<StructuralSchema> AllOf { get; init; } = [];

    internal IReadOnlyList<StructuralSchema> AnyOf { get; init; } = [];

    internal IReadOnlyList<StructuralSchema> OneOf { get; init; } = [];

    internal StructuralSchema? Not { get; init; }

    internal IReadOnlyList<ValidationRule> Rules { get; init; } = [];

    /// <summary>The schema of a member of an object; null for a name that is not declared.</summary>
    internal StructuralSchema? Member(string name) => Properties.GetValueOrDefault(name) ?? AdditionalProperties;

    /// <param name="openAPIV3Schema">The schema of the whole object.</param>
    /// <param name="preserveUnknown">The version keeps what the schema does not know, as with spec.preserveUnknownFields.</param>
    /// <exception cref="SchemaException">Not structural, a rule that is no CEL, or a keyword that cannot be honoured.</exception>
    public static StructuralSchema Parse(JsonObject openAPIV3Schema, bool preserveUnknown = false) =>
        SchemaParser.Parse(openAPIV3Schema, preserveUnknown);

    /// <summary>Sets defaults in place, and drops null where neither null nor a default is allowed for.</summary>
    public void ApplyDefaults(JsonObject value) => SchemaDefaults.Apply(this, value);

    /// <summary>Removes what the schema does not know, in place.</summary>
    /// <returns>The removed fields, as <c>spec.list[0].x</c>, in ordinal order.</returns>
    public IReadOnlyList<string> Prune(JsonObject value) => SchemaPruner.Prune(this, value);

    /// <summary>What is wrong with a defaulted and pruned object. On an update, what did not change is not held against it.</summary>
    /// <param name="old">The stored object; null on a create.</param>
    public IReadOnlyList<FieldError> Validate(JsonObject value, JsonObject? old) => SchemaValidator.ValidateAll(this, value, old);
}
