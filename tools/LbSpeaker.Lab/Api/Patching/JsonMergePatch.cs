using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>JSON Merge Patch (RFC 7396, section 2).</summary>
public static class JsonMergePatch
{
    /// <summary>The patched value as a new tree; neither argument is changed.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();

        var result = target is JsonObject existing ? existing.DeepClone().AsObject() : [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
                result.Remove(name);
            else
                result[name] = Apply(result[name], change);
        }
        return result;
    }
}
