using System.Globalization;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>Who owns which fields of an object: <c>metadata.managedFields</c>.</summary>
public sealed class ManagedFields
{
    internal const string ApplyOperation = "Apply";
    internal const string UpdateOperation = "Update";

    // What the API server itself keeps; nobody owns it (metadata alone stands for its ".").
    internal static readonly FieldSet Kept = FieldSet.Of(
        "apiVersion", "kind", "metadata", "metadata.name", "metadata.namespace", "metadata.creationTimestamp",
        "metadata.selfLink", "metadata.uid", "metadata.clusterName", "metadata.generation", "metadata.managedFields",
        "metadata.resourceVersion");

    /// <summary>Which entry a write belongs to. An applier keeps its entry across versions, so its version is "" here.</summary>
    internal sealed record Manager(string Name, string Operation, string ApiVersion, string Subresource)
    {
        public static Manager Applier(string name, string? subresource) => new(name, ApplyOperation, "", subresource ?? "");

        public static Manager Updater(string name, string apiVersion, string? subresource) =>
            new(name, UpdateOperation, apiVersion, subresource ?? "");
    }

    internal sealed record Entry(FieldSet Fields, string ApiVersion, string? Time);

    internal Dictionary<Manager, Entry> Entries { get; } = [];

    internal static FieldSet WithoutKept(FieldSet fields) => fields.Difference(Kept);

    /// <summary>
    /// The updated object with the managedFields that a create, PUT or plain patch leaves behind. Fields that were
    /// added or changed go over to the manager, removed ones leave all managers.
    /// </summary>
    /// <param name="live">The object as stored; null for a create.</param>
    /// <param name="updated">The new object, defaulted, but before the server allocates anything.</param>
    /// <param name="manager">The fieldManager parameter, or the client's name before the first slash of its user agent.</param>
    /// <param name="subresource">"status" or another subresource; null for the resource itself.</param>
    public static JsonObject AfterUpdate(
        JsonObject? live, JsonObject updated, string manager, string apiVersion, string? subresource, DateTimeOffset now, ApplySchema schema)
    {
        var fields = LiveOrNew(live, updated, subresource);
        var result = updated.DeepClone().AsObject();
        Strip(result);
        FieldChanges changes;
        try
        {
            changes = FieldWalk.Compare(schema, Stripped(live), result);
        }
        catch (PatchException)
        {
            // A list-map item without keys has no path. As in Kubernetes ownership then stays as it is; whether such
            // an object is valid is for validation to say.
            fields.WriteTo(result);
            return result;
        }
        fields.TakeFromOthers(changes, schema.Ignored(subresource), except: null);

        var gained = WithoutKept(changes.Added.Union(changes.Modified).WithoutTrees(schema.Ignored(subresource)));
        if (!gained.IsEmpty)
        {
            var self = Manager.Updater(manager, apiVersion, subresource);
            var owned = fields.Entries.TryGetValue(self, out var entry) ? entry.Fields.Union(gained) : gained;
            fields.Entries[self] = new Entry(owned, apiVersion, Timestamp(now));
        }
        fields.WriteTo(result);
        return result;
    }

    /// <summary>
    /// Gives the updated object the managedFields of the stored one when they differ in nothing but times and the
    /// rest of the objects is equal, so that a write without effect is seen as one.
    /// </summary>
    public static void KeepTimesOfUnchanged(JsonObject live, JsonObject updated)
    {
        static JsonObject Timeless(JsonObject value)
        {
            var copy = value.DeepClone().AsObject();
            foreach (var entry in (copy["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>())
                entry.Remove("time");
            return copy;
        }

        if (live["metadata"]?["managedFields"] is { } fields && JsonNode.DeepEquals(Timeless(live), Timeless(updated)))
            updated["metadata"]!["managedFields"] = fields.DeepClone();
    }

    /// <summary>Takes what changed away from every manager but one; a manager left with nothing goes.</summary>
    internal void TakeFromOthers(FieldChanges changes, FieldSet ignored, Manager? except)
    {
        var lost = changes.Added.Union(changes.Modified).Union(changes.Removed).WithoutTrees(ignored);
        foreach (var (manager, entry) in Entries.ToList())
        {
            if (manager == except)
                continue;
            var rest = entry.Fields.Difference(lost);
            if (rest.IsEmpty)
                Entries.Remove(manager);
            else
                Entries[manager] = entry with { Fields = rest };
        }
    }

    // A client may send managedFields back changed; [{}] resets them, none leaves them as they are.
    private static ManagedFields LiveOrNew(JsonObject? live, JsonObject updated, string? subresource)
    {
        if (subresource is null && updated["metadata"]?["managedFields"] is JsonArray sent)
        {
            if (sent is [JsonObject { Count: 0 }])
                return new ManagedFields();
            var fields = Read(updated);
            if (fields.Entries.Count > 0)
                return fields;
        }
        return Read(live);
    }

    internal static ManagedFields Read(JsonObject? value)
    {
        var result = new ManagedFields();
        foreach (var entry in (value?["metadata"]?["managedFields"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (entry["fieldsV1"] is not JsonObject fields || (string?)entry["manager"] is not { } name)
                continue;
            var version = (string?)entry["apiVersion"] ?? "";
            var subresource = (string?)entry["subresource"];
            var manager = (string?)entry["operation"] == ApplyOperation
                ? Manager.Applier(name, subresource)
                : Manager.Updater(name, version, subresource);
            result.Entries[manager] = new Entry(FieldSet.FromFieldsV1(fields), version, (string?)entry["time"]);
        }
        return result;
    }

    internal void WriteTo(JsonObject value)
    {
        var entries = Entries
            .OrderBy(entry => entry.Key.Operation, StringComparer.Ordinal)
            .ThenBy(entry => entry.Value.Time, StringComparer.Ordinal)
            .ThenBy(entry => entry.Key.Name, StringComparer.Ordinal)
            .ThenBy(entry => entry.Value.ApiVersion, StringComparer.Ordinal)
            .ThenBy(entry => entry.Key.Subresource, StringComparer.Ordinal)
            .Select(entry => (JsonNode?)Encode(entry.Key, entry.Value))
            .ToArray();
        if (value["metadata"] is not JsonObject metadata)
            value["metadata"] = metadata = [];
        metadata.Remove("managedFields");
        if (entries.Length > 0)
            metadata["managedFields"] = new JsonArray(entries);
    }

    private static JsonObject Encode(Manager manager, Entry entry)
    {
        var result = new JsonObject
        {
            ["manager"] = manager.Name,
            ["operation"] = manager.Operation,
            ["apiVersion"] = entry.ApiVersion,
        };
        if (entry.Time is not null)
            result["time"] = entry.Time;
        result["fieldsType"] = "FieldsV1";
        result["fieldsV1"] = entry.Fields.ToFieldsV1();
        if (manager.Subresource.Length > 0)
            result["subresource"] = manager.Subresource;
        return result;
    }

    internal static JsonObject? Stripped(JsonObject? value)
    {
        var copy = value?.DeepClone().AsObject();
        if (copy is not null)
            Strip(copy);
        return copy;
    }

    private static void Strip(JsonObject value) => (value["metadata"] as JsonObject)?.Remove("managedFields");

    internal static string Timestamp(DateTimeOffset now) =>
        now.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
