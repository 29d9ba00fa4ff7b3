using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using YamlDotNet.Core;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>Reads request bodies and says in Kubernetes' words what is wrong with them.</summary>
internal static class Body
{
    private const int Limit = 3 * 1024 * 1024;

    public static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var buffer = new ArrayBufferWriter<byte>();
        while (true)
        {
            var result = await request.BodyReader.ReadAsync(ct).ConfigureAwait(false);
            foreach (var segment in result.Buffer) buffer.Write(segment.Span);
            request.BodyReader.AdvanceTo(result.Buffer.End);
            if (buffer.WrittenCount > Limit) throw ApiException.BadRequest($"Request entity is too large: limit is {Limit}");
            if (result.IsCompleted) return buffer.WrittenSpan.ToArray();
        }
    }

    /// <summary>The object of a POST or PUT.</summary>
    public static JsonObject Object(HttpRequest request, byte[] body, ApiResource resource, List<string> duplicates)
    {
        var type = (request.ContentType ?? "").Split(';')[0].Trim();
        if (type == ProtobufBody.MediaType) return ProtobufBody.Read(body);
        if (type is not ("" or "application/json" or "application/yaml"))
            throw ApiException.UnsupportedMediaType("the body of the request was in an unknown format - accepted media types include: application/json, application/yaml");
        var text = Encoding.UTF8.GetString(body);
        var wrong = $"the object provided is unrecognized (must be of type {resource.Kind}): ";
        try
        {
            var node = type == "application/yaml" ? Yaml.Parse(text) : Api.Json.Parse(body, duplicates);
            return node as JsonObject ?? throw ApiException.BadRequest($"{wrong}couldn't get version/kind; json parse error: json: cannot unmarshal {node?.GetValueKind().ToString().ToLowerInvariant() ?? "null"} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }} ({Shortened(text)})");
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"{wrong}couldn't get version/kind; json parse error: {Reason(body, e)} ({Shortened(text)})");
        }
        catch (YamlException e)
        {
            throw ApiException.BadRequest($"{wrong}yaml: line {e.Start.Line}: {e.Message} ({Convert.ToHexStringLower(body.AsSpan(0, Math.Min(body.Length, 30)))})");
        }
    }

    /// <summary>A patch, or the options of a deletion.</summary>
    public static JsonNode? Json(byte[] body)
    {
        try
        {
            return Api.Json.Parse(body);
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest("error decoding patch: " + Reason(body, e));
        }
    }

    private static string Shortened(string text) => text.Length <= 30 ? text : text[..30] + " ...";

    private static string Reason(byte[] body, JsonException e)
    {
        var at = Position(body, e);
        if (at >= body.Length || e.Message.Contains("end of data", StringComparison.Ordinal)) return "unexpected end of JSON input";
        var found = (char)body[at];
        var before = at == 0 ? ' ' : (char)body.AsSpan(0, at).TrimEnd((byte)' ')[^1];
        return $"invalid character '{found}' looking for beginning of {(before == '{' ? "object key string" : "value")}";
    }

    private static int Position(byte[] body, JsonException e)
    {
        var at = 0;
        for (long line = 0; line < (e.LineNumber ?? 0); line++)
        {
            var newline = Array.IndexOf(body, (byte)'\n', at);
            if (newline < 0) break;
            at = newline + 1;
        }
        return at + (int)(e.BytePositionInLine ?? 0);
    }
}
