using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// What <c>kubectl apply</c> makes of an object that is there already: fields of the manifest are set, those that it had when it was applied last and has no longer go, and what
/// others set stays (clusterIPs, what an address was given for). The status is never a person's to write.
/// </summary>
internal static class AppliedObject
{
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    public static JsonElement Over(JsonElement present, JsonElement change)
    {
        if (JsonObject.Create(present) is not { } old || JsonObject.Create(change) is not { } wish) return change;
        JsonObject before = AppliedBefore(old);
        wish.Remove("status");
        before.Remove("status");
        Merge(old, before, wish);
        return ToElement(old);
    }

    /// <summary>What never was in a cluster was written by a person from its first line to its last.</summary>
    private static JsonObject AppliedBefore(JsonObject old)
    {
        if (old["metadata"] is not JsonObject meta) return [];
        if (meta["annotations"] is JsonObject annotations && annotations[LastApplied] is JsonValue text && text.TryGetValue(out string? last))
            try
            {
                return JsonNode.Parse(last) as JsonObject ?? [];
            }
            catch (JsonException)
            {
                return [];
            }
        return meta.ContainsKey("uid") || meta.ContainsKey("creationTimestamp") ? [] : (JsonObject)old.DeepClone();
    }

    private static void Merge(JsonObject into, JsonObject before, JsonObject wish)
    {
        foreach (string gone in before.Select(b => b.Key).Where(k => !wish.ContainsKey(k)).ToList()) into.Remove(gone);
        foreach ((string key, JsonNode? value) in wish)
            if (value is null) into.Remove(key);
            else if (value is JsonObject inner && into[key] is JsonObject there) Merge(there, before[key] as JsonObject ?? [], inner);
            else into[key] = value.DeepClone();
    }

    private static JsonElement ToElement(JsonObject json)
    {
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        return document.RootElement.Clone();
    }
}
