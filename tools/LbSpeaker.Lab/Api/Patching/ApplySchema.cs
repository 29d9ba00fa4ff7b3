using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>How server-side apply takes a list: as one value, as a set of values, or as a map by keys.</summary>
public enum ListKind { Atomic, Set, Map }

/// <summary>A key of a list-map with the value it has where an item leaves it out.</summary>
public sealed record ListKey(string Name, string? Default = null);

/// <summary>For each field of a kind whether server-side apply owns it as a whole or what is in it.</summary>
public sealed class ApplySchema
{
    private readonly Dictionary<string, ApplySchema> _fields = new(StringComparer.Ordinal);

    /// <summary>A field or list of which nothing is declared: maps are granular, lists atomic.</summary>
    private static readonly ApplySchema Unknown = new();

    private ApplySchema() { }

    /// <summary>A map (or list) that is one value.</summary>
    public bool Atomic { get; private init; }

    public ListKind List { get; private init; }

    public IReadOnlyList<ListKey> Keys { get; private init; } = [];

    /// <summary>What the items of a list or the values of a map with free keys are; null for nothing declared.</summary>
    public ApplySchema? Element { get; private set; }

    /// <summary>Always in the object, so that no write brings it into being.</summary>
    internal bool AlwaysPresent { get; private init; }

    /// <summary>What a field that is always present holds when nobody set it.</summary>
    internal JsonNode? Zero { get; private init; }

    /// <summary>Names that are not declared are keys of a map rather than fields of a structure.</summary>
    private bool Open { get; init; }

    /// <summary>Top-level paths a write of the main resource, or of its status, leaves alone.</summary>
    private FieldSet _ignoredByMain = new();
    private FieldSet _ignoredByStatus = new();

    internal FieldSet Ignored(string? subresource) => subresource == "status" ? _ignoredByStatus : _ignoredByMain;

    internal IEnumerable<string> FieldNames => _fields.Keys.Order(StringComparer.Ordinal);

    internal ApplySchema Field(string name) => _fields.GetValueOrDefault(name) ?? Element ?? Unknown;

    internal bool Declares(string name) => _fields.ContainsKey(name) || !Open;

    /// <summary>The schema behind a path element, a field or a list item.</summary>
    internal ApplySchema Step(string element) =>
        element.StartsWith("f:", StringComparison.Ordinal) ? Field(element[2..]) : Element ?? Unknown;

    /// <summary>The element that names a list item; only for a set or a map.</summary>
    internal string ItemElement(JsonNode? item)
    {
        if (List == ListKind.Set)
            return "v:" + Text(item);
        if (item is not JsonObject value)
            throw new PatchException("associative list with keys may not have non-map elements");
        var keys = Keys.OrderBy(key => key.Name, StringComparer.Ordinal).Select(key =>
        {
            var text = value[key.Name] is { } id ? Text(id) : key.Default is null ? null : Text(JsonValue.Create(key.Default));
            return (key.Name, Text: text);
        }).Where(key => key.Text is not null).ToList();
        if (keys.Count == 0)
            throw new PatchException($"associative list with keys has an element that omits key field \"{Keys[0].Name}\" (and doesn't have default value)");
        return "k:{" + string.Join(',', keys.Select(key => $"{Text(JsonValue.Create(key.Name))}:{key.Text}")) + "}";
    }

    /// <summary>JSON as Go writes it: nothing escaped that need not be.</summary>
    internal static string Text(JsonNode? value) => value is null ? "null" : value.ToJsonString(Plain);

    private static readonly JsonSerializerOptions Plain = new(JsonSerializerOptions.Default)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The rules of a built-in kind.</summary>
    /// <param name="group">The API group, "" for core.</param>
    /// <param name="kind">For example "Service".</param>
    public static ApplySchema ForBuiltIn(string group, string kind)
    {
        var rules = BuiltInLists.For(group, kind).Where(rule => rule.Apply.Length > 0)
            .ToDictionary(rule => rule.Path, StringComparer.Ordinal);
        var present = BuiltInLists.AlwaysPresent(group, kind).Select(field => field.Split('='))
            .ToDictionary(field => field[0], field => JsonNode.Parse(field.ElementAtOrDefault(1) ?? "{}"), StringComparer.Ordinal);
        var paths = rules.Keys.Concat(present.Keys).SelectMany(Prefixes).Distinct().Order(StringComparer.Ordinal).ToList();

        ApplySchema Build(string path)
        {
            var rule = rules.GetValueOrDefault(path);
            var schema = FromRule(rule?.Apply, present.ContainsKey(path), present.GetValueOrDefault(path));
            var start = path.Length == 0 ? "" : path + ".";
            foreach (var child in paths.Where(p => p.StartsWith(start, StringComparison.Ordinal)
                && !p[start.Length..].Contains('.', StringComparison.Ordinal) && !p.EndsWith("[]", StringComparison.Ordinal)))
                schema._fields[child[start.Length..]] = Build(child);
            if (paths.Contains(path + "[]"))
                schema.Element = Build(path + "[]");
            return schema;
        }

        var root = Build("");
        root._ignoredByMain = HasStatus(group, kind) ? FieldSet.Of("status") : new FieldSet();
        root._ignoredByStatus = FieldSet.Of("spec");
        return root;
    }

    private static bool HasStatus(string group, string kind) => (group, kind) switch
    {
        ("", "Service" or "Node" or "Pod" or "Namespace") or ("apps", _) or ("apiextensions.k8s.io", _) => true,
        _ => false,
    };

    private static IEnumerable<string> Prefixes(string path)
    {
        for (var i = 0; i <= path.Length; i++)
        {
            if (i == path.Length || path[i] == '.')
            {
                yield return path[..i];
                if (path[..i].EndsWith("[]", StringComparison.Ordinal))
                    yield return path[..(i - 2)];
            }
        }
    }

    private static ApplySchema FromRule(string? apply, bool alwaysPresent, JsonNode? zero) => apply switch
    {
        null => new ApplySchema { AlwaysPresent = alwaysPresent, Zero = zero },
        "atomic" => new ApplySchema { Atomic = true, AlwaysPresent = alwaysPresent, Zero = zero },
        "set" => new ApplySchema { List = ListKind.Set },
        _ => new ApplySchema
        {
            List = ListKind.Map,
            Keys = [.. apply.Split(',').Select(key => key.Split('=')).Select(key => new ListKey(key[0], key.ElementAtOrDefault(1)))],
        },
    };

    /// <summary>The rules of a custom resource, from its x-kubernetes-list-type, -list-map-keys and -map-type.</summary>
    /// <param name="schema">The schema of the whole object.</param>
    /// <param name="statusSubresource">The version has the status subresource.</param>
    public static ApplySchema From(StructuralSchema schema, bool statusSubresource = true)
    {
        var root = Build(schema);
        // metadata is declared by the API server itself, whatever the schema says of it.
        root._fields["metadata"] = ForBuiltIn("", "").Field("metadata");
        foreach (var name in new[] { "apiVersion", "kind" })
            root._fields[name] = Unknown;
        if (statusSubresource)
        {
            root._ignoredByMain = FieldSet.Of("status");
            root._ignoredByStatus = FieldSet.Of([.. root._fields.Keys.Where(name => name != "status")]);
        }
        return root;
    }

    private static ApplySchema Build(StructuralSchema schema)
    {
        var result = new ApplySchema
        {
            Atomic = schema.MapType == "atomic",
            Open = schema.AdditionalProperties is not null || schema.PreserveUnknownFields || schema.IsEmbeddedResource,
            List = schema.ListType switch { "set" => ListKind.Set, "map" => ListKind.Map, _ => ListKind.Atomic },
            Keys = [.. schema.ListMapKeys.Select(key => new ListKey(key, schema.Items?.Properties.GetValueOrDefault(key)?.DefaultText))],
            Element = (schema.Items ?? schema.AdditionalProperties) is { } element ? Build(element)
                : schema.PreserveUnknownFields ? Free : null,
        };
        foreach (var (name, property) in schema.Properties)
            result._fields[name] = Build(property);
        return result;
    }

    private static readonly ApplySchema Free = MakeFree();

    private static ApplySchema MakeFree()
    {
        var free = new ApplySchema { Open = true };
        free.Element = free;
        return free;
    }
}
