using System.Text.Json;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>The Pod that what we create belongs to: gone with it, by the garbage collector.</summary>
public sealed record OwnerPod(string Name, string Uid)
{
    internal static void WriteReferences(Utf8JsonWriter json, OwnerPod? owner)
    {
        if (owner is null) return;
        json.WriteStartArray("ownerReferences");
        json.WriteStartObject();
        json.WriteString("apiVersion", "v1");
        json.WriteString("kind", "Pod");
        json.WriteString("name", owner.Name);
        json.WriteString("uid", owner.Uid);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
