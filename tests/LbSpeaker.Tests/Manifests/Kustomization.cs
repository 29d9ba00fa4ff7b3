using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Http;

namespace LbSpeaker.Tests.Manifests;

/// <summary>What <c>kubectl kustomize</c> builds of the folders here, which name resources and images and nothing else. One test holds it to the real one.</summary>
internal static class Kustomization
{
    /// <param name="folder">It has a kustomization.yaml.</param>
    public static IReadOnlyList<JsonObject> Build(string folder)
    {
        JsonObject kustomization = (JsonObject)Yaml.Parse(File.ReadAllText(Path.Combine(folder, "kustomization.yaml")))!;
        Assert.All(kustomization, m => Assert.Contains(m.Key, (string[])["apiVersion", "kind", "resources", "images"]));
        List<JsonObject> objects = [];
        foreach (string resource in kustomization["resources"]!.AsArray().Select(r => Path.Combine(folder, r!.GetValue<string>())))
            objects.AddRange(Directory.Exists(resource) ? Build(resource) : ManifestSet.Parse(File.ReadAllText(resource)));
        foreach (JsonNode? image in kustomization["images"]?.AsArray() ?? [])
            foreach (JsonNode container in objects.SelectMany(Containers).Where(c => c["image"]!.GetValue<string>() == image!["name"]!.GetValue<string>()))
                container["image"] = $"{image!["newName"]}:{image["newTag"]}";
        return objects;
    }

    public static IEnumerable<JsonNode> Containers(JsonObject json) => json["spec"]?["template"]?["spec"]?["containers"] is JsonArray containers ? containers.Select(c => c!) : [];
}
