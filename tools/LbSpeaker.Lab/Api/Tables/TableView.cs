using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Storage;

namespace LbSpeaker.Lab.Api.Tables;

/// <summary>Objects as a meta.k8s.io Table.</summary>
internal sealed class TableView(ApiResource resource, string version, string includeObject, TimeProvider time)
{
    public static string ReadInclude(string? asked) => asked switch
    {
        null or "" => "Metadata",
        "None" or "Metadata" or "Object" => asked,
        _ => throw ApiException.BadRequest($"Unable to convert to Table as requested: includeObject: Invalid value: \"{asked}\": must be 'Metadata', 'Object', 'None', or empty"),
    };

    public JsonObject Table(IEnumerable<JsonObject> objects, JsonObject listMetadata, bool withColumns = true) => new()
    {
        ["kind"] = "Table",
        ["apiVersion"] = "meta.k8s.io/" + version,
        ["metadata"] = listMetadata,
        ["columnDefinitions"] = withColumns ? new JsonArray([.. resource.Columns.Select(c => c.Definition())]) : null,
        ["rows"] = new JsonArray([.. objects.Select(Row)]),
    };

    /// <summary>One object, as a get, a create or a watch event shows it.</summary>
    public JsonObject One(JsonObject obj, bool withColumns = true)
    {
        var metadata = new JsonObject();
        if (obj.Object("metadata")?.Text("resourceVersion") is { } revision) metadata["resourceVersion"] = revision;
        return Table([obj], metadata, withColumns);
    }

    private JsonObject Row(JsonObject obj)
    {
        var now = time.GetUtcNow();
        // Columns read the stored shape.
        var stored = resource.IsStorageShape ? obj : resource.ToStorage(obj.Copy());
        var row = new JsonObject { ["cells"] = new JsonArray([.. resource.Columns.Select(c => c.Cell(stored, now))]) };
        row["object"] = includeObject switch
        {
            "None" => null,
            "Object" => obj.Copy(),
            _ => PartialMetadata(obj, version),
        };
        return row;
    }

    public static JsonObject PartialMetadata(JsonObject obj, string version) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/" + version,
        ["metadata"] = obj["metadata"]?.DeepClone() ?? new JsonObject(),
    };

    public static IEnumerable<JsonObject> Parse(IEnumerable<StoredObject> objects, ApiResource resource) => objects.Select(o => o.ParseAs(resource));
}
