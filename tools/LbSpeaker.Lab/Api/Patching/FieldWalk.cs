using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>What differs between two forms of an object, as field sets.</summary>
internal sealed record FieldChanges(FieldSet Added, FieldSet Modified, FieldSet Removed);

/// <summary>
/// The four walks of server-side apply over a value and its schema: which fields it has, what differs between two,
/// the merge of two, and a value without some fields. Follows the rules of Kubernetes' structured merge (KEP 555).
/// </summary>
internal static class FieldWalk
{
    /// <summary>The fields an applied configuration names: its leaves, list items and keys of free maps.</summary>
    public static FieldSet Fields(ApplySchema schema, JsonNode? value)
    {
        var set = new FieldSet();
        Collect(schema, value, [], set);
        return set;
    }

    private static void Collect(ApplySchema schema, JsonNode? value, List<string> path, FieldSet set)
    {
        if (IsLeaf(schema, value))
        {
            if (path.Count > 0)
                set.Insert([.. path]);
            return;
        }
        foreach (var (element, item) in Items(schema, value))
        {
            path.Add(element);
            if (!element.StartsWith("f:", StringComparison.Ordinal) || !schema.Declares(element[2..]))
                set.Insert([.. path]);
            Collect(schema.Step(element), item, path, set);
            path.RemoveAt(path.Count - 1);
        }
    }

    /// <summary>A value that may be absent, which is not the same as null.</summary>
    private readonly record struct Slot(bool Present, JsonNode? Value);

    public static FieldChanges Compare(ApplySchema schema, JsonNode? before, JsonNode? after)
    {
        var changes = new FieldChanges(new FieldSet(), new FieldSet(), new FieldSet());
        Compare(schema, new Slot(before is not null, before), new Slot(after is not null, after), [], changes);
        return changes;
    }

    private static void Compare(ApplySchema schema, Slot before, Slot after, List<string> path, FieldChanges changes)
    {
        if (schema.AlwaysPresent)
        {
            before = new Slot(true, before.Value ?? schema.Zero);
            after = new Slot(true, after.Value ?? schema.Zero);
        }
        var inside = !(IsLeaf(schema, before.Value) && IsLeaf(schema, after.Value));
        if (inside)
        {
            var old = ByElement(IsLeaf(schema, before.Value) ? [] : Items(schema, before.Value));
            var @new = ByElement(IsLeaf(schema, after.Value) ? [] : Items(schema, after.Value));
            foreach (var element in old.Keys.Union(@new.Keys).Union(PresentFields(schema)).ToList())
            {
                path.Add(element);
                Compare(schema.Step(element), old.GetValueOrDefault(element), @new.GetValueOrDefault(element), path, changes);
                path.RemoveAt(path.Count - 1);
            }
        }
        if (path.Count == 0)
            return;
        if (!before.Present && after.Present)
            changes.Added.Insert([.. path]);
        else if (before.Present && !after.Present)
            changes.Removed.Insert([.. path]);
        else if (before.Value?.GetValueKind() != after.Value?.GetValueKind() || (!inside && !JsonNode.DeepEquals(before.Value, after.Value)))
            changes.Modified.Insert([.. path]);
    }

    private static IEnumerable<string> PresentFields(ApplySchema schema) =>
        schema.FieldNames.Where(name => schema.Field(name).AlwaysPresent).Select(name => "f:" + name);

    /// <summary>The live value with the applied one laid over it.</summary>
    public static JsonNode? Merge(ApplySchema schema, JsonNode? live, JsonNode? applied)
    {
        if (applied is null)
            return live?.DeepClone();
        if (live is null || schema.Atomic || live.GetValueKind() != applied.GetValueKind())
            return applied.DeepClone();
        switch (applied)
        {
            case JsonObject over:
                var merged = live.DeepClone().AsObject();
                foreach (var (name, value) in over)
                    merged[name] = Merge(schema.Field(name), merged[name], value);
                return merged;
            case JsonArray list when schema.List != ListKind.Atomic:
                return MergeList(schema, live.AsArray(), list);
            default:
                return applied.DeepClone();
        }
    }

    // Items of the live list alone stay where they were as far as the order of the applied items allows.
    private static JsonArray MergeList(ApplySchema schema, JsonArray live, JsonArray applied)
    {
        var old = live.Select(item => (Element: schema.ItemElement(item), Item: item)).ToList();
        var @new = applied.Select(item => (Element: schema.ItemElement(item), Item: item)).ToList();
        var known = old.GroupBy(entry => entry.Element).ToDictionary(group => group.Key, group => group.First().Item, StringComparer.Ordinal);
        var wanted = @new.Select(entry => entry.Element).ToHashSet(StringComparer.Ordinal);
        var merged = new HashSet<string>(StringComparer.Ordinal);
        var result = new JsonArray();
        var left = 0;
        foreach (var (element, item) in @new)
        {
            AddOthers(all: false);
            result.Add(Merge(schema.Step(element), known.GetValueOrDefault(element), item));
            merged.Add(element);
        }
        AddOthers(all: true);
        return result;

        // Up to the next item that both have and that still has its turn to come.
        void AddOthers(bool all)
        {
            for (; left < old.Count && (all || !wanted.Contains(old[left].Element) || merged.Contains(old[left].Element)); left++)
            {
                if (!wanted.Contains(old[left].Element))
                    result.Add(old[left].Item?.DeepClone());
            }
        }
    }

    /// <summary>The value without the fields of a set; a container that is not in the set itself stays, if only empty.</summary>
    public static JsonNode? Without(ApplySchema schema, JsonNode? value, FieldSet gone)
    {
        if (IsLeaf(schema, value))
            return value?.DeepClone();
        var kept = new List<(string Element, JsonNode? Item)>();
        foreach (var (element, item) in Items(schema, value))
        {
            if (gone.Has(element))
                continue;
            var rest = gone.Below(element) is { } below ? Without(schema.Step(element), item, below) : item?.DeepClone();
            kept.Add((element, rest));
        }
        if (value is JsonArray)
            return new JsonArray([.. kept.Select(entry => entry.Item)]);
        var result = new JsonObject();
        foreach (var (element, item) in kept)
            result[element[2..]] = item;
        return result;
    }

    /// <summary>Owned as a whole: a scalar, an atomic or an empty container, or null.</summary>
    private static bool IsLeaf(ApplySchema schema, JsonNode? value) => value switch
    {
        JsonObject map => schema.Atomic || map.Count == 0,
        JsonArray list => schema.Atomic || schema.List == ListKind.Atomic || list.Count == 0,
        _ => true,
    };

    private static List<(string Element, JsonNode? Item)> Items(ApplySchema schema, JsonNode? value) => value switch
    {
        JsonObject map => [.. map.Select(member => ("f:" + member.Key, member.Value))],
        JsonArray list => [.. list.Select(item => (schema.ItemElement(item), item))],
        _ => [],
    };

    // Duplicates in a live list-map are legal leftovers of plain updates; together they stand for one item.
    private static Dictionary<string, Slot> ByElement(List<(string Element, JsonNode? Item)> items) => items
        .GroupBy(entry => entry.Element, StringComparer.Ordinal)
        .ToDictionary(
            group => group.Key,
            group => new Slot(true, group.Count() == 1 ? group.First().Item : new JsonArray([.. group.Select(entry => entry.Item?.DeepClone())])),
            StringComparer.Ordinal);
}
