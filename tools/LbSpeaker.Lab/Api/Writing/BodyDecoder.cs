using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;

namespace LbSpeaker.Lab.Api.Writing;

/// <summary>Turns what a client sent (or a patch made) into an object of the kind: types checked, unknown fields handled, defaults of the schema set.</summary>
internal static class BodyDecoder
{
    private static readonly GoStruct ObjectMeta = BuiltInShapes.Struct("ObjectMeta");

    /// <summary>A whole object from the body of a POST or PUT.</summary>
    public static JsonObject Decode(ApiResource resource, JsonObject body, WriteOptions options, List<string> duplicates)
    {
        CheckKind(resource, body);
        return Decode(resource, body, options, duplicates, message => ApiException.BadRequest(
            $"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: {message}"));
    }

    /// <summary>An object that a patch made.</summary>
    public static JsonObject DecodePatched(ApiResource resource, JsonObject patched, WriteOptions options)
    {
        return Decode(resource, patched, options, [], message => ApiException.Invalid("", "", "",
            [Errors.InvalidJson("patch", JsonValue.Create(Json.Text(patched)), message)]));
    }

    private static JsonObject Decode(ApiResource resource, JsonObject obj, WriteOptions options, List<string> duplicates, Func<string, ApiException> refuse)
    {
        var unknown = new List<string>();
        try
        {
            if (resource.Shape is { } shape) shape.Decode(obj, new Decoding(resource.Kind, "", "", unknown));
            else
            {
                if (obj["metadata"] is { } metadata) ObjectMeta.Decode(metadata, new Decoding("ObjectMeta", "metadata", "metadata", unknown));
                unknown.AddRange(resource.Schema!.Prune(obj));
                resource.Schema.ApplyDefaults(obj);
            }
        }
        catch (DecodingException e)
        {
            throw refuse(e.Message);
        }
        if (options.FieldValidation != "Ignore")
        {
            var complaints = duplicates.Select(d => $"duplicate field \"{d}\"").Concat(unknown.Select(u => $"unknown field \"{u}\"")).ToArray();
            if (options.FieldValidation == "Strict" && complaints.Length > 0) throw refuse("strict decoding error: " + string.Join(", ", complaints));
            options.Warnings.AddRange(complaints.Where(c => !options.Warnings.Contains(c)));
        }
        obj["apiVersion"] = resource.ApiVersion;
        obj["kind"] = resource.Kind;
        return obj;
    }

    private static void CheckKind(ApiResource resource, JsonObject body)
    {
        var kind = body.Text("kind") ?? "";
        var apiVersion = body.Text("apiVersion") ?? "";
        if (resource.IsCustom)
        {
            if (apiVersion.Length == 0 || kind.Length == 0)
                throw ApiException.BadRequest($"the object provided is unrecognized (must be of type {resource.Kind}): Object 'Kind' is missing in '{Json.Text(body)}'");
            if (apiVersion != resource.ApiVersion)
                throw ApiException.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({resource.ApiVersion})");
            if (kind != resource.Kind)
                throw ApiException.Invalid(kind, resource.Group, body.Object("metadata")?.Text("name"),
                    [Errors.Invalid("kind", kind, "must be " + resource.Kind)]);
            return;
        }
        if ((kind.Length > 0 && kind != resource.Kind) || (apiVersion.Length > 0 && apiVersion != resource.ApiVersion))
        {
            if (kind == resource.Kind)
                throw ApiException.BadRequest($"the API version in the data ({apiVersion}) does not match the expected API version ({resource.ApiVersion})");
            var version = apiVersion[(apiVersion.LastIndexOf('/') + 1)..];
            var group = resource.Group.Length == 0 ? "core" : resource.Group.Split('.')[0];
            throw ApiException.BadRequest($"{kind} in version \"{version}\" cannot be handled as a {resource.Kind}: converting ({version}.{kind}) to ({group}.{resource.Kind}): unknown conversion");
        }
    }
}
