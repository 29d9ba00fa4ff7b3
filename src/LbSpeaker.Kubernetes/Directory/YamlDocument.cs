using System.Text.Json;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>One document of a YAML file as JSON.</summary>
/// <param name="Line">Where it begins, counted from 1.</param>
internal sealed record YamlDocument(int Line, JsonElement Root);
