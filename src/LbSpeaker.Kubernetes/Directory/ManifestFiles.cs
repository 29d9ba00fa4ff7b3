namespace LbSpeaker.Kubernetes.Directory;

/// <summary>The objects in the manifests of a directory, in document order: files by name (ordinal), then as they stand in the file.</summary>
internal static class ManifestFiles
{
    /// <exception cref="UnreadableInputException">There is no such directory, or a file in it is not made of Kubernetes objects.</exception>
    public static List<ManifestObject> Read(string directory)
    {
        List<ManifestObject> objects = [];
        foreach (string file in FilesOf(directory)) TakeApart(file, ManifestText.Of(file), objects);
        return objects;
    }

    /// <exception cref="UnreadableInputException">The file cannot be read, or is not made of Kubernetes objects.</exception>
    public static List<ManifestObject> ReadFile(string file) => ReadText(file, ManifestText.Of(file));

    /// <param name="name">What the text is called in messages.</param>
    /// <exception cref="UnreadableInputException">The text is not made of Kubernetes objects.</exception>
    public static List<ManifestObject> ReadText(string name, string text)
    {
        List<ManifestObject> objects = [];
        TakeApart(name, text, objects);
        return objects;
    }

    private static void TakeApart(string file, string text, List<ManifestObject> objects)
    {
        YamlToJson json = new(file);
        foreach (YamlNode document in YamlReader.Read(file, text)) TakeApart(file, document, impliedKind: null, impliedGroupVersion: null, json, objects);
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

    private static void TakeApart(string file, YamlNode node, string? impliedKind, string? impliedGroupVersion, YamlToJson json, List<ManifestObject> objects)
    {
        string? kind = TextAt(node, "kind") ?? impliedKind, groupVersion = TextAt(node, "apiVersion") ?? impliedGroupVersion;
        if (node is not YamlMapping mapping || kind is null || groupVersion is null) throw new UnreadableInputException(file, node.Line, "an object with apiVersion and kind");
        if (kind.EndsWith("List", StringComparison.Ordinal) && mapping.Find("items") is { } items)
        {
            if (items.IsNull) return;
            if (items is not YamlSequence list) throw new UnreadableInputException(file, items.Line, $"a list as the items of a {kind}");
            // In a typed list (ServiceList) the items may leave out what the list's kind says; in a plain List they may not.
            string? itemKind = kind == "List" ? null : kind[..^"List".Length];
            foreach (YamlNode item in list.Items) TakeApart(file, item, itemKind, itemKind is null ? null : groupVersion, json, objects);
            return;
        }
        int slash = groupVersion.IndexOf('/');
        string group = slash < 0 ? "" : groupVersion[..slash];
        YamlNode? metadata = mapping.Find("metadata");
        objects.Add(new(file, node.Line, group, kind, TextAt(metadata, "name") ?? "", TextAt(metadata, "namespace"), objects.Count + 1, json.Convert(node)));
    }

    /// <summary>Null where there is no such key, or what it has is no text, or empty.</summary>
    private static string? TextAt(YamlNode? node, string key) =>
        node is YamlMapping mapping && mapping.Find(key) is YamlScalar { Text.Length: > 0 } scalar && (!scalar.IsPlain || PlainScalar.IsText(scalar.Text)) ? scalar.Text : null;
}
