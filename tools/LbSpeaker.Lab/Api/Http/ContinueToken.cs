using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>Where a list goes on: the form of the real server's token, so that a test may rewrite one.</summary>
/// <param name="Revision">-1: go on in the newest state.</param>
/// <param name="Start">The first key that is still wanted, <c>/namespace/name</c> or <c>/name</c> within one namespace, ending in NUL.</param>
internal sealed record ContinueToken(long Revision, string Start)
{
    public string Encode() => Base64Url.EncodeToString(Json.Utf8(new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = Revision, ["start"] = Start }));

    public static ContinueToken Decode(string text)
    {
        try
        {
            if (Json.Parse(Base64Url.DecodeFromChars(text)) is JsonObject token && token.Text("v") == "meta.k8s.io/v1"
                && token.Number("rv") is { } revision && token.Text("start") is { } start)
                return new ContinueToken(revision, start.StartsWith('/') ? start : "/" + start);
            throw ApiException.BadRequest("invalid continue token: continue key is not valid: the token is of another form");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw ApiException.BadRequest("invalid continue token: continue key is not valid: " + (e is JsonException ? "invalid character 'i' looking for beginning of value" : "illegal base64 data"));
        }
    }
}
