namespace LbSpeaker.Ui;

/// <summary>The files of the page, which are part of the program.</summary>
/// <param name="Type">Content-Type.</param>
internal sealed record UiAsset(string Type, ReadOnlyMemory<byte> Content)
{
    /// <summary>By path.</summary>
    public static IReadOnlyDictionary<string, UiAsset> All { get; } = new Dictionary<string, UiAsset>(StringComparer.Ordinal)
    {
        ["/"] = Read("index.html", "text/html; charset=utf-8"),
        ["/ui.css"] = Read("ui.css", "text/css; charset=utf-8"),
        ["/ui.js"] = Read("ui.js", "text/javascript; charset=utf-8"),
        ["/icon.svg"] = Read("icon.svg", "image/svg+xml"),
    };

    private static UiAsset Read(string file, string type)
    {
        using Stream stream = typeof(UiAsset).Assembly.GetManifestResourceStream($"LbSpeaker.Ui.{file}") ?? throw new InvalidOperationException($"{file} is not in the program");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new(type, content);
    }
}
