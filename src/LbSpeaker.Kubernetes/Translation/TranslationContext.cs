namespace LbSpeaker.Kubernetes.Translation;

/// <summary>What a translator knows besides the object itself.</summary>
/// <param name="RefusesUnknownFields">See <see cref="ShapeFaults"/>.</param>
/// <param name="DefaultNamespace">The namespace of objects that name none.</param>
internal sealed record TranslationContext(bool RefusesUnknownFields, string DefaultNamespace)
{
    /// <summary>For objects from an API server, which name their namespace always.</summary>
    public static TranslationContext Live() => new(RefusesUnknownFields: false, DefaultNamespace: "");

    public StringPool Strings { get; init; } = new();

    /// <summary>Position of the document, the age of objects without a creation time; 0 in a cluster.</summary>
    public int Ordinal { get; init; }

    public ShapeFaults NewFaults() => new(RefusesUnknownFields);
}
