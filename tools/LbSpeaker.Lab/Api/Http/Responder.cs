using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Tables;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>Writes answers in the form the client takes.</summary>
internal static class Responder
{
    public static Task ObjectAsync(HttpContext context, Accepted accepted, ApiResource resource, int code, byte[] utf8, TimeProvider time)
    {
        if (accepted.Form == Form.Whole && !accepted.Yaml) return BytesAsync(context, code, "application/json", utf8);
        var obj = Json.ParseObject(utf8);
        // A Status keeps its form whatever was asked for.
        JsonObject shown = obj.Text("kind") == "Status" ? obj : accepted.Form switch
        {
            Form.Table => new TableView(resource, accepted.TableVersion, TableView.ReadInclude(context.Request.Query["includeObject"].FirstOrDefault()), time).One(obj),
            Form.Metadata => TableView.PartialMetadata(obj, accepted.TableVersion),
            _ => obj,
        };
        return NodeAsync(context, accepted, code, shown);
    }

    public static Task NodeAsync(HttpContext context, Accepted accepted, int code, JsonObject node) => accepted.Yaml
        ? BytesAsync(context, code, "application/yaml", Encoding.UTF8.GetBytes(Yaml.Write(node)))
        : BytesAsync(context, code, "application/json", Json.Utf8(node));

    public static Task TextAsync(HttpContext context, int code, string text) => BytesAsync(context, code, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));

    public static async Task BytesAsync(HttpContext context, int code, string type, byte[] utf8)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = type;
        context.Response.ContentLength = utf8.Length;
        context.Response.Headers.CacheControl = "no-cache, private";
        await context.Response.BodyWriter.WriteAsync(utf8, context.RequestAborted).ConfigureAwait(false);
    }

    public static void Warn(HttpContext context, IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
            context.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
    }

    public static Task FailureAsync(HttpContext context, ApiException failure)
    {
        if (failure.RetryAfterSeconds is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        Warn(context, failure.Warnings);
        var yaml = false;
        try
        {
            yaml = Accepted.Read(context.Request).Yaml;
        }
        catch (ApiException)
        {
            // The refusal itself is that nothing the client takes can be served: it is said in JSON.
        }
        return NodeAsync(context, Accepted.Json with { Yaml = yaml }, failure.Code, failure.Status);
    }
}
