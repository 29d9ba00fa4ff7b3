using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Schema;

internal static class SchemaPruner
{
    public static IReadOnlyList<string> Prune(StructuralSchema schema, JsonObject value)
    {
        var removed = new List<string>();
        Prune(schema, value, "", isResource: true, removed);
        removed.Sort(StringComparer.Ordinal);
        return removed;
    }

    private static void Prune(StructuralSchema schema, JsonNode? value, string path, bool isResource, List<string> removed)
    {
        switch (value)
        {
            case JsonArray list when schema.Items is { } items:
                for (var i = 0; i < list.Count; i++)
                    Prune(items, list[i], $"{path}[{i}]", items.IsEmbeddedResource, removed);
                break;
            case JsonObject map:
                foreach (var (name, member) in map.ToList())
                {
                    // The type and metadata of a resource are the API server's own; the schema only narrows them.
                    if (isResource && name is "apiVersion" or "kind" or "metadata")
                        continue;
                    var at = path.Length == 0 ? name : $"{path}.{name}";
                    if (schema.Member(name) is { } known)
                    {
                        Prune(known, member, at, known.IsEmbeddedResource, removed);
                    }
                    else if (!schema.PreserveUnknownFields)
                    {
                        map.Remove(name);
                        removed.Add(at);
                    }
                }
                break;
        }
    }
}
