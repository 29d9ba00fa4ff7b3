using System.Text;
using System.Text.Json;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>v1 Secret of type kubernetes.io/basic-auth, of which only the password counts. Nothing of another type is read at all.</summary>
internal static class SecretTranslation
{
    private const string BasicAuth = "kubernetes.io/basic-auth";

    /// <returns>Null for a Secret of another type.</returns>
    public static SecretRecord? Translate(JsonElement json, TranslationContext context)
    {
        // What is wrong in a Secret is said by whoever misses the password; its fields are quoted nowhere.
        ShapeReader root = ShapeReader.Of(json, new(refusesUnknownFields: false));
        if (root.Text("type") != BasicAuth) return null;
        // stringData is how a person writes it in a manifest; the API server knows data alone.
        string? password = root.Object("stringData").Text("password") ?? Decode(root.Object("data").Text("password"));
        return new(new(MetaTranslation.Key(root.Object("metadata"), context), password is null ? null : new SecretText(password)));
    }

    private static string? Decode(string? base64)
    {
        if (base64 is null) return null;
        byte[] octets = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, octets, out int length) ? Encoding.UTF8.GetString(octets, 0, length) : null;
    }
}
