using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace LbSpeaker.Image;

/// <summary>A NuGet package whose code is in the binary.</summary>
/// <param name="License">An SPDX expression; null where the package gives none.</param>
/// <param name="Texts">Licence and notice files that it brings.</param>
internal sealed record NugetPackage(string Id, string Version, string? License, IReadOnlyList<string> Texts)
{
    private static readonly string[] TextNames = ["LICENSE", "THIRD-PARTY-NOTICES", "NOTICE"];

    /// <summary>What the build resolved and linked: packages that bring assemblies, and the runtime that the native compiler links in.</summary>
    /// <param name="assets">project.assets.json</param>
    /// <param name="store">The folder of NuGet's packages.</param>
    public static IReadOnlyList<NugetPackage> Closure(string assets, string store)
    {
        JsonObject json = (JsonObject)JsonNode.Parse(File.ReadAllText(assets))!;
        IEnumerable<(string Id, string Version)> libraries = json["targets"]!.AsObject().First().Value!.AsObject()
            .Where(t => t.Value!["type"]!.GetValue<string>() == "package" && t.Value["runtime"] is JsonObject { Count: > 0 } runtime && runtime.Any(f => !f.Key.EndsWith("_._", StringComparison.Ordinal)))
            .Select(t => (t.Key.Split('/')[0], t.Key.Split('/')[1]));
        IEnumerable<(string Id, string Version)> runtimes = json["project"]!["frameworks"]!.AsObject().SelectMany(f => f.Value!["downloadDependencies"]?.AsArray() ?? [])
            .Select(d => (d!["name"]!.GetValue<string>(), d["version"]!.GetValue<string>().Trim('[', ']').Split(',')[0]))
            .Where(d => d.Item1.Contains(".NativeAOT.", StringComparison.Ordinal) || d.Item1.EndsWith(".Microsoft.DotNet.ILCompiler", StringComparison.Ordinal));
        return [.. libraries.Concat(runtimes).Distinct().OrderBy(p => p.Id, StringComparer.OrdinalIgnoreCase).Select(p => Read(store, p.Id, p.Version))];
    }

    private static NugetPackage Read(string store, string id, string version)
    {
        // NuGet's folders are in lower case by definition.
        string folder = Path.Combine(store, Lower(id), Lower(version)), nuspec = Path.Combine(folder, Lower(id) + ".nuspec");
        if (!File.Exists(nuspec)) throw new InvalidDataException($"{nuspec} is missing: restore the project first");
        string? license = XDocument.Load(nuspec).Descendants().FirstOrDefault(e => e.Name.LocalName == "license" && e.Attribute("type")?.Value == "expression")?.Value;
        return new(id, version, license, [.. Directory.GetFiles(folder).Where(f => TextNames.Any(n => Path.GetFileName(f).StartsWith(n, StringComparison.OrdinalIgnoreCase))).Order(StringComparer.Ordinal)]);
    }

#pragma warning disable CA1308 // Lower case is what NuGet defines.
    private static string Lower(string text) => text.ToLowerInvariant();
#pragma warning restore CA1308
}
