using System.Text;
using System.Text.Json;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>The objects in the manifests of a directory, in document order: files by name (ordinal), then as they stand in the file.</summary>
internal static class ManifestFiles
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="UnreadableInputException">There is no such directory, or a file in it is not made of Kubernetes objects.</exception>
    public static List<ManifestObject> Read(string directory)
    {
        List<ManifestObject> objects = [];
        foreach (string file in FilesOf(directory))
            foreach (YamlDocument document in YamlReader.Read(file, TextOf(file)))
                TakeApart(file, document.Line, document.Root, impliedKind: null, impliedGroupVersion: null, objects);
        return objects;
    }

    private static IEnumerable<string> FilesOf(string directory)
    {
        if (!System.IO.Directory.Exists(directory)) throw new UnreadableInputException(directory, null, "a directory");
        try
        {
            return System.IO.Directory.GetFiles(directory)
                .Where(f => Path.GetExtension(f) is ".yaml" or ".yml")
                .OrderBy(f => Path.GetFileName(f), StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableInputException(directory, null, $"a readable directory; {exception.Message}");
        }
    }

    private static string TextOf(string file)
    {
        try
        {
            return File.ReadAllText(file, StrictUtf8);
        }
        catch (DecoderFallbackException)
        {
            throw new UnreadableInputException(file, null, "text in UTF-8");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableInputException(file, null, $"a readable file; {exception.Message}");
        }
    }

    private static void TakeApart(string file, int line, JsonElement json, string? impliedKind, string? impliedGroupVersion, List<ManifestObject> objects)
    {
        string? kind = TextAt(json, "kind") ?? impliedKind, groupVersion = TextAt(json, "apiVersion") ?? impliedGroupVersion;
        if (kind is null || groupVersion is null) throw new UnreadableInputException(file, line, "an object with apiVersion and kind");
        if (kind.EndsWith("List", StringComparison.Ordinal) && json.TryGetProperty("items", out JsonElement items))
        {
            if (items.ValueKind == JsonValueKind.Null) return;
            if (items.ValueKind != JsonValueKind.Array) throw new UnreadableInputException(file, line, $"a list as the items of a {kind}");
            // In a typed list (ServiceList) the items may leave out what the list's kind says; in a plain List they may not.
            string? itemKind = kind == "List" ? null : kind[..^"List".Length];
            foreach (JsonElement item in items.EnumerateArray()) TakeApart(file, line, item, itemKind, itemKind is null ? null : groupVersion, objects);
            return;
        }
        int slash = groupVersion.IndexOf('/');
        string group = slash < 0 ? "" : groupVersion[..slash];
        json.TryGetProperty("metadata", out JsonElement metadata);
        objects.Add(new(file, line, group, kind, TextAt(metadata, "name") ?? "", TextAt(metadata, "namespace"), objects.Count + 1, json));
    }

    private static string? TextAt(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
