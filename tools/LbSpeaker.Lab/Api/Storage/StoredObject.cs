using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;

namespace LbSpeaker.Lab.Api.Storage;

/// <summary>One object at one revision: its JSON as bytes, written once, and what selectors and garbage collection ask of it. Immutable.</summary>
internal sealed class StoredObject
{
    private readonly ConcurrentDictionary<ApiResource, Rendered> _views = new(concurrencyLevel: 1, capacity: 1);
    private IReadOnlyDictionary<string, string>? _fields;

    private StoredObject(JsonObject json, Rendered rendered, long revision)
    {
        var metadata = json["metadata"]!.AsObject();
        Rendered = rendered;
        Revision = revision;
        Namespace = metadata.Text("namespace") ?? "";
        Name = metadata.Text("name") ?? "";
        Uid = metadata.Text("uid") ?? "";
        Labels = metadata.StringMap("labels");
        Owners = metadata["ownerReferences"] is JsonArray owners ? [.. owners.OfType<JsonObject>().Select(o => o.Text("uid") ?? "")] : [];
        Deleting = metadata["deletionTimestamp"] is not null;
    }

    public Rendered Rendered { get; }
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
        return new StoredObject(json, Rendered.Write(json), revision);
    }

    /// <summary>A copy of its own: stored JSON is never shared, since JsonNode is not safe to read from two threads.</summary>
    public JsonObject Parse() => Json.ParseObject(Rendered.Utf8);

    /// <summary>The same object as another revision, as a watch shows it when it goes.</summary>
    public StoredObject At(long revision) => Write(Parse(), revision);

    /// <summary>The bytes as a client of <paramref name="view"/> sees them: its API version, its shape.</summary>
    public Rendered As(ApiResource view) => view.IsStorageShape
        ? Rendered
        : _views.GetOrAdd(view, static (v, self) => Rendered.Write(v.FromStorage(self.Parse())), this);

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

/// <summary>An object's bytes; kind and apiVersion come first, so that a list of a built-in kind can leave them out as the real server does.</summary>
/// <param name="Body">Where the first field after kind and apiVersion begins.</param>
internal readonly record struct Rendered(byte[] Utf8, int Body)
{
    public static Rendered Write(JsonObject json)
    {
        var head = $"{{\"kind\":{Json.Text(json["kind"])},\"apiVersion\":{Json.Text(json["apiVersion"])},";
        return new Rendered(Json.Utf8(json, first: ["kind", "apiVersion"]), System.Text.Encoding.UTF8.GetByteCount(head));
    }
}
