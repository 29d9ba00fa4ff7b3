using System.Text.Json;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Translation;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>The Pod that what we create belongs to: gone with it, by the garbage collector.</summary>
public sealed record OwnerPod(string Name, string Uid)
{
    /// <summary>
    /// Reads the own Pod, for as long as the server does not say anything definite. Where there is none, or it may not be read, what we create
    /// has no owner: one line in the log, and everything else goes on.
    /// </summary>
    /// <param name="name">Null outside of a Pod.</param>
    public static async Task<OwnerPod?> ReadAsync(KubernetesApi api, string ownNamespace, string? name, ILogger log, CancellationToken cancellation)
    {
        if (name is null) return null;
        Backoff backoff = new();
        while (true)
        {
            ApiResult result = await api.GetAsync($"api/v1/namespaces/{ownNamespace}/pods/{name}", cancellation).ConfigureAwait(false);
            if (result.IsTransient)
            {
                await Task.Delay(backoff.Next(result.RetryAfter), api.Time, cancellation).ConfigureAwait(false);
                continue;
            }
            if (result.IsOk && UidOf(result.Body) is { } uid) return new(name, uid);
            log.NoOwnerPod(ownNamespace, name, result.IsOk ? "the answer is no Pod" : result.ToString());
            return null;
        }
    }

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

    private static string? UidOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return ShapeReader.Of(document.RootElement, new(refusesUnknownFields: false)).Object("metadata").Text("uid") is { Length: > 0 } uid ? uid : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
