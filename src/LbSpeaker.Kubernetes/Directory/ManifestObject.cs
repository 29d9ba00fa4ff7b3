using System.Text.Json;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>One object of a directory, lists taken apart.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Group">The API group, empty for the core group.</param>
/// <param name="Ordinal">Its position among all objects, from 1.</param>
internal sealed record ManifestObject(string File, int Line, string Group, string Kind, string Name, string? Namespace, int Ordinal, JsonElement Json)
{
    /// <summary>As an API server has it: nobody's spelling is to be judged.</summary>
    public bool IsLive { get; init; }
}
