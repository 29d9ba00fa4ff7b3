using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;

namespace LbSpeaker.Lab.Api.Storage;

/// <summary>One object at one revision: its JSON as bytes, written once, and what selectors and garbage collection ask of it. Immutable.</summary>
internal sealed class StoredObject
{
    private readonly ConcurrentDictionary<ApiResource, byte[]> _views = new(concurrencyLevel: 1, capacity: 1);
    private IReadOnlyDictionary<string, string>? _fields;

    private StoredObject(JsonObject json, byte[] utf8, long revision)
    {
        var metadata = json["metadata"]!.AsObject();
        Utf8 = utf8;
        Revision = revision;
        Namespace = metadata.Text("namespace") ?? "";
        Name = metadata.Text("name") ?? "";
        Uid = metadata.Text("uid") ?? "";
        Labels = metadata.StringMap("labels");
        Owners = metadata["ownerReferences"] is JsonArray owners ? [.. owners.OfType<JsonObject>().Select(o => o.Text("uid") ?? "")] : [];
        Deleting = metadata["deletionTimestamp"] is not null;
    }

    public byte[] Utf8 { get; }
    public long Revision { get; }
    public string Namespace { get; }
    public string Name { get; }
    public string Uid { get; }
    public IReadOnlyDictionary<string, string> Labels { get; }
    public IReadOnlyList<string> Owners { get; }
    public bool Deleting { get; }

    /// <summary>Writes <paramref name="revision"/> into the metadata and keeps the bytes.</summary>
    public static StoredObject Write(JsonObject json, long revision)
    {
        json["metadata"]!.AsObject()["resourceVersion"] = revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new StoredObject(json, Json.Utf8(json), revision);
    }

    /// <summary>A copy of its own: stored JSON is never shared, since JsonNode is not safe to read from two threads.</summary>
    public JsonObject Parse() => Json.ParseObject(Utf8);

    /// <summary>The same object as another revision, as a watch shows it when it goes.</summary>
    public StoredObject At(long revision) => Write(Parse(), revision);

    /// <summary>The bytes as a client of <paramref name="view"/> sees them: its API version, its shape.</summary>
    public byte[] As(ApiResource view) => view.IsStorageShape
        ? Utf8
        : _views.GetOrAdd(view, static (v, self) => Json.Utf8(v.FromStorage(self.Parse())), this);

    public JsonObject ParseAs(ApiResource view) => view.IsStorageShape ? Parse() : view.FromStorage(Parse());

    /// <summary>Values of the paths (in the stored shape) that field selectors of this kind may name.</summary>
    public string Field(ApiResource view, string path)
    {
        var fields = _fields;
        if (fields is null)
        {
            var json = Parse();
            var read = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var p in view.FieldPaths) read[p] = Json.PathText(json, p);
            _fields = fields = read;
        }
        return fields.TryGetValue(path, out var value) ? value : Json.PathText(Parse(), path);
    }
}
