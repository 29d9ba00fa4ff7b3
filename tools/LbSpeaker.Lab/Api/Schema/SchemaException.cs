namespace LbSpeaker.Lab.Api.Schema;

/// <summary>A schema that is not structural, or asks for what cannot be checked here.</summary>
/// <param name="field">Path below the schema, for example <c>properties[spec].x-kubernetes-validations[0].rule</c>.</param>
public sealed class SchemaException(string field, string message) : Exception($"{field}: {message}")
{
    public string Field { get; } = field;

    /// <summary>The text without the path.</summary>
    public string Detail { get; } = message;
}
