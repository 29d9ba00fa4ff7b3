using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Storage;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>The label and field selector of a request, and the one name a path may narrow it to.</summary>
internal sealed class Selectors
{
    private readonly List<Func<StoredObject, bool>> _tests = [];

    private Selectors() { }

    /// <summary>Nothing is selected away.</summary>
    public bool IsEmpty => _tests.Count == 0;

    public string? Name { get; private set; }

    public bool Matches(StoredObject obj)
    {
        foreach (var test in _tests)
            if (!test(obj)) return false;
        return true;
    }

    public static Selectors Read(ApiResource resource, IQueryCollection query, string? name)
    {
        var result = new Selectors();
        foreach (var requirement in LabelSelector.Parse(query["labelSelector"].FirstOrDefault() ?? ""))
            result._tests.Add(o => requirement.Matches(o.Labels));
        foreach (var (label, negate, value) in Fields(query["fieldSelector"].FirstOrDefault() ?? ""))
        {
            var path = resource.FieldPath(label) ?? throw ApiException.BadRequest($"field label not supported: {label}");
            switch (path)
            {
                case "metadata.name":
                    result._tests.Add(o => (o.Name == value) != negate);
                    if (!negate) result.Name = value;
                    break;
                case "metadata.namespace":
                    result._tests.Add(o => (o.Namespace == value) != negate);
                    break;
                default:
                    result._tests.Add(o => (Normal(path, o.Field(resource, path)) == value) != negate);
                    break;
            }
        }
        if (name is null) return result;
        result._tests.Add(o => o.Name == name);
        result.Name = name;
        return result;
    }

    // An absent boolean reads "false", as Go's zero value prints.
    private static string Normal(string path, string value) => value.Length == 0 && path is "spec.unschedulable" or "spec.hostNetwork" ? "false" : value;

    private static IEnumerable<(string Label, bool Negate, string Value)> Fields(string selector)
    {
        foreach (var term in SplitTerms(selector))
        {
            var not = term.IndexOf("!=", StringComparison.Ordinal);
            var twice = term.IndexOf("==", StringComparison.Ordinal);
            var once = term.IndexOf('=');
            if (not >= 0 && not <= once) yield return (term[..not], true, Unescape(term[(not + 2)..]));
            else if (twice >= 0 && twice == once) yield return (term[..twice], false, Unescape(term[(twice + 2)..]));
            else if (once >= 0) yield return (term[..once], false, Unescape(term[(once + 1)..]));
            else throw ApiException.BadRequest($"invalid selector: '{selector}'; can't understand '{term}'");
        }
    }

    private static IEnumerable<string> SplitTerms(string selector)
    {
        var start = 0;
        for (var i = 0; i <= selector.Length; i++)
        {
            if (i < selector.Length && selector[i] == '\\') { i++; continue; }
            if (i < selector.Length && selector[i] != ',') continue;
            if (i > start) yield return selector[start..i];
            start = i + 1;
        }
    }

    private static string Unescape(string value) => value.Contains('\\')
        ? value.Replace("\\\\", "\0", StringComparison.Ordinal).Replace("\\,", ",", StringComparison.Ordinal).Replace("\\=", "=", StringComparison.Ordinal).Replace('\0', '\\')
        : value;
}
