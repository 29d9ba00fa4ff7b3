namespace LbSpeaker.Kubernetes.Translation;

/// <summary>
/// Lets equal texts of many objects (namespaces, node names, label keys) be one string in memory. Bounded: when full it starts anew, which
/// costs sharing, never correctness. Owned by one reader; not thread-safe.
/// </summary>
internal sealed class StringPool
{
    private const int Capacity = 4096;
    /// <summary>Longer texts hardly ever repeat.</summary>
    private const int LongestShared = 128;

    private readonly HashSet<string> texts = new(StringComparer.Ordinal);

    public string Intern(string text)
    {
        if (text.Length > LongestShared) return text;
        if (texts.TryGetValue(text, out string? known)) return known;
        if (texts.Count >= Capacity) texts.Clear();
        texts.Add(text);
        return text;
    }

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    public string? InternOrNull(string? text) => text is null ? null : Intern(text);
}
