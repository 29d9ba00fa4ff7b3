using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>
/// A set of field paths, in the shape of FieldsV1: an element is <c>f:name</c> for a field, <c>k:{…}</c> for a list
/// item by its keys, <c>v:…</c> for an item of a set. A path may be in the set itself ("."), or only paths below it.
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedSet<string> _members = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    public bool IsEmpty => _members.Count == 0 && _children.Values.All(child => child.IsEmpty);

    public bool Has(string element) => _members.Contains(element);

    public FieldSet? Below(string element) => _children.GetValueOrDefault(element);

    public void Insert(ReadOnlySpan<string> path)
    {
        var set = this;
        foreach (var element in path[..^1])
            set = set.Child(element);
        set._members.Add(path[^1]);
    }

    private FieldSet Child(string element)
    {
        if (!_children.TryGetValue(element, out var child))
            _children[element] = child = new FieldSet();
        return child;
    }

    public bool SameAs(FieldSet other) => Difference(other).IsEmpty && other.Difference(this).IsEmpty;

    public FieldSet Union(FieldSet other) => Combine(other, (a, b) => a || b, bothSides: true);

    public FieldSet Difference(FieldSet other) => Combine(other, (a, b) => a && !b, bothSides: false);

    public FieldSet Intersection(FieldSet other) => Combine(other, (a, b) => a && b, bothSides: false);

    private FieldSet Combine(FieldSet other, Func<bool, bool, bool> keep, bool bothSides)
    {
        var result = new FieldSet();
        foreach (var element in bothSides ? _members.Union(other._members) : _members)
        {
            if (keep(Has(element), other.Has(element)))
                result._members.Add(element);
        }
        foreach (var element in bothSides ? _children.Keys.Union(other._children.Keys) : _children.Keys)
        {
            var child = (Below(element) ?? Empty).Combine(other.Below(element) ?? Empty, keep, bothSides);
            if (!child.IsEmpty)
                result._children[element] = child;
        }
        return result;
    }

    private static FieldSet Empty => new();

    /// <summary>Without the paths of the other set and everything below them.</summary>
    public FieldSet WithoutTrees(FieldSet other)
    {
        var result = new FieldSet();
        result._members.UnionWith(_members.Where(element => !other.Has(element)));
        foreach (var (element, child) in _children)
        {
            if (other.Has(element))
                continue;
            var rest = other.Below(element) is { } cut ? child.WithoutTrees(cut) : child;
            if (!rest.IsEmpty)
                result._children[element] = rest;
        }
        return result;
    }

    /// <summary>
    /// The set with those containers added that hold one of its paths and are declared fields: such a container is
    /// never owned for itself, it comes and goes with what is in it.
    /// </summary>
    public FieldSet WithDeclaredContainers(ApplySchema? schema)
    {
        var result = new FieldSet();
        result._members.UnionWith(_members);
        foreach (var (element, child) in _children)
        {
            if (element.StartsWith("f:", StringComparison.Ordinal) && schema?.Declares(element[2..]) != false)
                result._members.Add(element);
            result._children[element] = child.WithDeclaredContainers(schema?.Step(element));
        }
        return result;
    }

    /// <summary>Each path that is in the set itself, the shorter ones of a level first, as Kubernetes lists conflicts.</summary>
    public IEnumerable<IReadOnlyList<string>> Paths()
    {
        foreach (var element in _members)
            yield return [element];
        foreach (var (element, child) in _children)
        {
            foreach (var path in child.Paths())
                yield return [element, .. path];
        }
    }

    public static FieldSet Of(params string[] dottedPaths)
    {
        var set = new FieldSet();
        foreach (var path in dottedPaths)
            set.Insert([.. path.Split('.').Select(name => "f:" + name)]);
        return set;
    }

    public static FieldSet FromFieldsV1(JsonObject fields)
    {
        var set = new FieldSet();
        foreach (var (element, value) in fields)
        {
            if (element == ".")
                continue;
            var below = value as JsonObject ?? [];
            if (below.Count == 0 || below.ContainsKey("."))
                set._members.Add(element);
            var child = FromFieldsV1(below);
            if (!child.IsEmpty)
                set._children[element] = child;
        }
        return set;
    }

    public JsonObject ToFieldsV1()
    {
        var fields = new JsonObject();
        foreach (var element in _members.Union(_children.Keys).Order(StringComparer.Ordinal))
        {
            var value = Below(element)?.ToFieldsV1() ?? [];
            if (value.Count > 0 && Has(element))
                value.Insert(0, ".", new JsonObject());
            fields[element] = value;
        }
        return fields;
    }

    /// <summary>A path as a conflict names it: <c>.spec.ports[port=80,protocol="TCP"].name</c>.</summary>
    public static string Describe(IEnumerable<string> path) => string.Concat(path.Select(element => element[..2] switch
    {
        "k:" => "[" + string.Join(',', JsonNode.Parse(element[2..])!.AsObject()
            .Select(key => $"{key.Key}={ApplySchema.Text(key.Value)}")) + "]",
        "v:" => $"[={element[2..]}]",
        _ => "." + element[2..],
    }));
}
