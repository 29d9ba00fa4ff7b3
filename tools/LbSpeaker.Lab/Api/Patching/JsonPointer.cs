using System.Globalization;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Patching;

/// <summary>A JSON Pointer (RFC 6901) with the array rules that JSON Patch adds to it.</summary>
internal static class JsonPointer
{
    /// <summary>The reference tokens, unescaped; none for the whole document.</summary>
    public static string[] Parse(string pointer)
    {
        if (pointer.Length == 0)
            return [];
        if (pointer[0] != '/')
            throw new PatchException($"path \"{pointer}\" does not start with '/'");
        return [.. pointer[1..].Split('/').Select(token => Unescape(token, pointer))];
    }

    // RFC 6901 section 4: ~1 before ~0, so that ~01 becomes ~1 and not a slash.
    private static string Unescape(string token, string pointer)
    {
        for (var at = token.IndexOf('~'); at >= 0; at = token.IndexOf('~', at + 1))
        {
            if (at + 1 == token.Length || token[at + 1] is not ('0' or '1'))
                throw new PatchException($"path \"{pointer}\" holds a '~' that escapes nothing");
        }
        return token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
    }

    public static JsonNode? Get(JsonNode? root, ReadOnlySpan<string> tokens, string pointer)
    {
        var node = root;
        foreach (var token in tokens)
        {
            node = node switch
            {
                JsonObject o when o.TryGetPropertyValue(token, out var value) => value,
                JsonArray a when Index(token, a.Count - 1) is { } index => a[index],
                _ => throw new PatchException($"path \"{pointer}\" does not exist"),
            };
        }
        return node;
    }

    /// <summary>An array index of 0 to <paramref name="last"/>, without leading zeros (RFC 6901 section 4).</summary>
    public static int? Index(string token, int last) =>
        (token == "0" || (token.Length > 0 && token[0] != '0'))
        && int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= last
            ? index
            : null;
}
