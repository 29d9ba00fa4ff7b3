using Microsoft.Net.Http.Headers;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>Which form of an object the client takes.</summary>
internal enum Form { Whole, Table, Metadata }

/// <param name="Yaml">YAML instead of JSON.</param>
/// <param name="TableVersion">v1 or v1beta1 of meta.k8s.io, for tables and partial metadata.</param>
internal sealed record Accepted(Form Form, bool Yaml, string TableVersion)
{
    private const string Types = "application/json, application/yaml";

    public static Accepted Json { get; } = new(Form.Whole, false, "v1");

    public string MediaType => Yaml ? "application/yaml" : "application/json";

    public static Accepted Read(HttpRequest request)
    {
        var header = request.Headers.Accept.ToString();
        if (header.Length == 0) return Json;
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var ranges)) return Json;
        var transformed = false;
        foreach (var range in ranges)
        {
            var type = range.MediaType.ToString();
            var yaml = type is "application/yaml";
            if (!yaml && type is not ("application/json" or "*/*" or "application/*")) continue;
            var shape = Parameter(range, "as");
            if (shape is null) return new Accepted(Form.Whole, yaml, "v1");
            transformed = true;
            var version = Parameter(range, "v") ?? "v1";
            if (Parameter(range, "g") != "meta.k8s.io" || version is not ("v1" or "v1beta1")) continue;
            if (shape == "Table") return new Accepted(Form.Table, yaml, version);
            if (shape is "PartialObjectMetadata" or "PartialObjectMetadataList") return new Accepted(Form.Metadata, yaml, version);
        }
        throw transformed || ranges.Any(r => r.MediaType == "application/vnd.kubernetes.protobuf")
            ? ApiException.NotAcceptable("only the following media types are accepted: " + Types)
            : ApiException.NotAcceptable("406: Not Acceptable\n\nAvailable representations: " + Types, withDetails: true);
    }

    public static string? Parameter(MediaTypeHeaderValue range, string name) =>
        range.Parameters.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value.ToString().Trim('"');
}
