using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Http;

namespace LbSpeaker.Tests.Manifests.Chart;

/// <summary>manifests/chart, rendered as <c>helm template</c> would.</summary>
internal static class HelmChart
{
    public static string Folder { get; } = Repository.PathOf("manifests", "chart");

    public static JsonObject Values => (JsonObject)Yaml.Parse(File.ReadAllText(Path.Combine(Folder, "values.yaml")))!;

    public static JsonObject Metadata => (JsonObject)Yaml.Parse(File.ReadAllText(Path.Combine(Folder, "Chart.yaml")))!;

    /// <param name="given">What the user sets, as a values file; maps are merged, all else is replaced.</param>
    public static IReadOnlyList<JsonObject> Render(string given = "{}", string release = "lbspeaker", string ns = "lbspeaker-system") => ManifestSet.Parse(RenderText(given, release, ns));

    public static string RenderText(string given = "{}", string release = "lbspeaker", string ns = "lbspeaker-system", bool notes = false)
    {
        JsonObject metadata = Metadata, root = new()
        {
            [nameof(Values)] = Merge(Values, (JsonObject)Yaml.Parse(given)!),
            ["Chart"] = new JsonObject { ["Name"] = metadata["name"]!.DeepClone(), ["Version"] = metadata["version"]!.DeepClone(), ["AppVersion"] = metadata["appVersion"]!.DeepClone() },
            ["Release"] = new JsonObject { ["Name"] = release, ["Namespace"] = ns, ["Service"] = "Helm" },
        };
        // Links lead to the files beside the chart, which Helm follows too.
        Dictionary<string, string> texts = Directory.EnumerateFiles(Folder, "*", new EnumerationOptions { RecurseSubdirectories = true })
            .ToDictionary(f => Path.GetRelativePath(Folder, f), File.ReadAllText);
        GoTemplate templates = new();
        templates.Define(texts["templates/_helpers.tpl"]);
        ChartFiles files = new(texts.Where(t => !t.Key.StartsWith("templates/", StringComparison.Ordinal)).ToDictionary());
        return string.Join("\n---\n", texts.Where(t => t.Key.StartsWith("templates/", StringComparison.Ordinal) && t.Key.EndsWith(notes ? "NOTES.txt" : ".yaml", StringComparison.Ordinal))
            .OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => templates.Render(t.Value, root, files)));
    }

    private static JsonObject Merge(JsonObject into, JsonObject from)
    {
        foreach ((string key, JsonNode? value) in from)
            into[key] = value is JsonObject map && into[key] is JsonObject present ? Merge((JsonObject)present.DeepClone(), map) : value?.DeepClone();
        return into;
    }
}
