namespace LbSpeaker.Lab.Api.Patching;

/// <summary>Which lists of a kind a strategic merge patch merges, and by which key.</summary>
public sealed class MergeSchema
{
    private readonly Dictionary<string, BuiltInLists.Rule> _rules;

    private MergeSchema(IEnumerable<BuiltInLists.Rule> rules) =>
        _rules = rules.ToDictionary(rule => rule.Path, StringComparer.Ordinal);

    /// <summary>The rules of a built-in kind; a kind without rules of its own has those of its metadata.</summary>
    /// <param name="group">The API group, "" for core.</param>
    /// <param name="kind">For example "Service".</param>
    public static MergeSchema ForBuiltIn(string group, string kind) => new(BuiltInLists.For(group, kind));

    /// <summary>
    /// The merge key of the list at a path such as <c>spec.template.spec.containers[].ports</c>; "" when primitives
    /// are merged as a set; null when the list is replaced.
    /// </summary>
    public string? MergeKey(string path) => _rules.GetValueOrDefault(path)?.MergeKey;
}
