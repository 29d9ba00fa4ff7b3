using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>What an apply came to.</summary>
/// <param name="Merged">The object with its managedFields, not yet defaulted; the live one where there are conflicts.</param>
/// <param name="Conflicts">Fields that other managers own with other values; nothing is applied if there are any.</param>
public sealed record ApplyResult(JsonObject Merged, IReadOnlyList<ApplyConflict> Conflicts);

/// <summary>A field that another manager owns.</summary>
/// <param name="Manager">As Kubernetes prints it: <c>"speaker" with subresource "status"</c>.</param>
/// <param name="Field">For example <c>.spec.ports[port=80,protocol="TCP"].name</c>.</param>
public sealed record ApplyConflict(string Manager, string Field)
{
    /// <summary>The reason of the cause in the Status.</summary>
    public const string Reason = "FieldManagerConflict";

    public string Message => $"conflict with {Manager}";

    /// <summary>The message of the 409 Status.</summary>
    public static string Summary(IReadOnlyList<ApplyConflict> conflicts)
    {
        if (conflicts is [var only])
            return $"Apply failed with 1 conflict: {only.Message}: {only.Field}";
        var lines = conflicts.GroupBy(conflict => conflict.Manager).SelectMany(group =>
            group.Select(conflict => $"- {conflict.Field}").Prepend($"conflicts with {group.Key}:"));
        return $"Apply failed with {conflicts.Count} conflicts: {string.Join('\n', lines)}";
    }
}

/// <summary>Server-side apply (KEP 555): merge by ownership of fields.</summary>
public static class ServerSideApply
{
    /// <summary>Lays a manager's configuration over the live object; what the manager named before and no longer does goes, unless another owns it.</summary>
    /// <param name="live">The object as stored; null creates it.</param>
    /// <param name="applied">What the manager wants to own, without managedFields; null values count as absent.</param>
    /// <param name="force">Take conflicting fields over.</param>
    /// <param name="subresource">"status" or another subresource; null for the resource itself.</param>
    /// <exception cref="PatchException">The configuration names a list item twice or without its keys.</exception>
    public static ApplyResult Apply(
        JsonObject? live, JsonObject applied, string manager, bool force, ApplySchema schema, string apiVersion, string? subresource, DateTimeOffset now)
    {
        var wanted = WithoutNulls(applied).AsObject();
        RefuseDuplicates(schema, wanted, "");
        var before = ManagedFields.Stripped(live) ?? [];
        var fields = ManagedFields.Read(live);
        var self = ManagedFields.Manager.Applier(manager, subresource);
        var ignored = schema.Ignored(subresource);

        var merged = FieldWalk.Merge(schema, before, wanted)!.AsObject();
        var last = fields.Entries.TryGetValue(self, out var previous) ? previous.Fields.WithoutTrees(ignored) : new FieldSet();
        var owned = ManagedFields.WithoutKept(FieldWalk.Fields(schema, wanted).WithoutTrees(ignored));
        fields.Entries[self] = new ManagedFields.Entry(owned, apiVersion, previous?.Time);
        if (!last.IsEmpty)
            merged = Prune(schema, merged, last, fields);

        var changes = FieldWalk.Compare(schema, before, merged);
        var conflicts = Conflicts(fields, self, changes.Added.Union(changes.Modified).WithoutTrees(ignored));
        if (conflicts.Count > 0 && !force)
            return new ApplyResult(live!.DeepClone().AsObject(), conflicts);

        fields.TakeFromOthers(changes, ignored, except: self);
        if (owned.IsEmpty)
            fields.Entries.Remove(self);
        else if (!JsonNode.DeepEquals(before, merged) || previous is null || !previous.Fields.SameAs(owned))
            fields.Entries[self] = fields.Entries[self] with { Time = ManagedFields.Timestamp(now) };
        fields.WriteTo(merged);
        return new ApplyResult(merged, []);
    }

    private static JsonObject Prune(ApplySchema schema, JsonObject merged, FieldSet last, ManagedFields fields)
    {
        FieldSet Whole(FieldSet set) => set.WithDeclaredContainers(schema);
        FieldSet FieldsOf(JsonObject value) => Whole(FieldWalk.Fields(schema, value));
        JsonObject Without(FieldSet gone) => FieldWalk.Without(schema, merged, gone)!.AsObject();

        var all = FieldsOf(merged);
        var managed = fields.Entries.Values.Aggregate(ManagedFields.Kept, (sum, entry) => sum.Union(entry.Fields));
        var pruned = Without(Whole(last));
        // An item that went may hold what others own: it comes back with just that.
        pruned = Without(all.Difference(FieldsOf(pruned).Union(Whole(managed))));
        // What nobody owns goes only if it was this manager's.
        return Without(all.Difference(FieldsOf(pruned)).Intersection(Whole(last)));
    }

    private static List<ApplyConflict> Conflicts(ManagedFields fields, ManagedFields.Manager self, FieldSet changed) =>
    [
        .. fields.Entries
            .Where(entry => entry.Key != self)
            .OrderBy(entry => Describe(entry.Key), StringComparer.Ordinal)
            .SelectMany(entry => entry.Value.Fields.Intersection(changed).Paths()
                .Select(path => new ApplyConflict(Describe(entry.Key), FieldSet.Describe(path)))),
    ];

    private static string Describe(ManagedFields.Manager manager)
    {
        var text = ApplySchema.Text(JsonValue.Create(manager.Name));
        if (manager.Subresource.Length > 0)
            text += $" with subresource {ApplySchema.Text(JsonValue.Create(manager.Subresource))}";
        return manager.Operation == ManagedFields.UpdateOperation ? $"{text} using {manager.ApiVersion}" : text;
    }

    private static void RefuseDuplicates(ApplySchema schema, JsonNode? value, string path)
    {
        switch (value)
        {
            case JsonObject map when !schema.Atomic:
                foreach (var (name, item) in map)
                    RefuseDuplicates(schema.Field(name), item, path + "." + name);
                break;
            case JsonArray list when schema.List != ListKind.Atomic:
                var seen = new HashSet<string>(StringComparer.Ordinal);
                foreach (var item in list)
                {
                    var element = schema.ItemElement(item);
                    if (!seen.Add(element))
                        throw new PatchException($"{path}: duplicate entries for key {FieldSet.Describe([element])}");
                    RefuseDuplicates(schema.Step(element), item, path + FieldSet.Describe([element]));
                }
                break;
        }
    }

    private static JsonNode WithoutNulls(JsonNode value)
    {
        if (value is not JsonObject map)
            return value is JsonArray list
                ? new JsonArray([.. list.Select(item => item is null ? null : WithoutNulls(item))])
                : value.DeepClone();
        var result = new JsonObject();
        foreach (var (name, item) in map)
        {
            if (item is not null)
                result[name] = WithoutNulls(item);
        }
        return result;
    }
}
