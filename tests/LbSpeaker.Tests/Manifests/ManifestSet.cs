using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LbSpeaker.Lab.Api.Http;

namespace LbSpeaker.Tests.Manifests;

/// <summary>Objects of one way to install, to be compared with those of another.</summary>
internal static partial class ManifestSet
{
    /// <summary>The documents of a YAML file that hold something.</summary>
    /// <param name="kind">Those that mention this kind alone; null for all.</param>
    public static IReadOnlyList<JsonObject> Parse(string yaml, string? kind = null) =>
        [.. Separator().Split(yaml).Where(d => kind is null || d.Contains($"kind: {kind}\n", StringComparison.Ordinal)).Select(d => Yaml.Parse(d) as JsonObject).OfType<JsonObject>()];

    public static string NameOf(JsonObject json) => $"{json["kind"]} {(json["metadata"]!["namespace"] is { } ns ? ns + "/" : "")}{json["metadata"]!["name"]}";

    /// <summary>The objects by kind and name, each as text in which order of fields and style do not count.</summary>
    /// <exception cref="ArgumentException">Two have one name.</exception>
    public static SortedDictionary<string, string> ByName(IEnumerable<JsonObject> objects) =>
        new(objects.ToDictionary(NameOf, json => Yaml.Write(json), StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>Fails with the first object that differs, line by line.</summary>
    public static void AssertEqual(IEnumerable<JsonObject> expected, IEnumerable<JsonObject> actual)
    {
        SortedDictionary<string, string> wanted = ByName(expected), found = ByName(actual);
        Assert.NotEmpty(wanted);
        Assert.Equal(wanted.Keys, found.Keys);
        Assert.All(wanted, w => Assert.Equal(w.Value.Split('\n'), found[w.Key].Split('\n')));
    }

    [GeneratedRegex(@"^---.*\n", RegexOptions.Multiline)]
    private static partial Regex Separator();
}
