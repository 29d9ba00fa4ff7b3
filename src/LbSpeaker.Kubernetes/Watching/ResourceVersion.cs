using System.Text.Json;
using LbSpeaker.Kubernetes.Translation;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>The order of resource versions, which Kubernetes promises for those of one resource since version 1.35 and etcd has kept all along.</summary>
internal static class ResourceVersion
{
    /// <summary>Whether the first came before the second. False where one of them is no whole number: then nothing can be said.</summary>
    public static bool IsOlder(string version, string than)
    {
        if (!IsNumber(version) || !IsNumber(than)) return false;
        return version.Length != than.Length ? version.Length < than.Length : string.CompareOrdinal(version, than) < 0;
    }

    /// <summary>That of an object in an answer; empty where it has none.</summary>
    public static string Of(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return ShapeReader.Of(document.RootElement, new(refusesUnknownFields: false)).Object("metadata").Text("resourceVersion") ?? "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private static bool IsNumber(string text) => text.Length > 0 && text[0] != '0' && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}
