using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Patching;
using LbSpeaker.Lab.Api.Writing;
using YamlDotNet.Core;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>The four patch types.</summary>
internal sealed class PatchHandler(ServerParts parts, WriteHandler writes)
{
    private const string Apply = "application/apply-patch+yaml";
    private const string Merge = "application/merge-patch+json";
    private const string Strategic = "application/strategic-merge-patch+json";
    private const string Operations = "application/json-patch+json";

    public async Task PatchAsync(HttpContext context, ApiResource resource, string ns, string name, string? subresource)
    {
        var accepted = Accepted.Read(context.Request);
        var query = context.Request.Query;
        var type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
        CheckType(resource, type);
        var options = WriteOptions.Read(query, "PatchOptions", context.Request.Headers.UserAgent.ToString());
        var force = query["force"].FirstOrDefault() is "" or "true" or "1";
        if (type == Apply && string.IsNullOrEmpty(query["fieldManager"].FirstOrDefault()))
            throw ApiException.InvalidOptions("PatchOptions", Errors.Required("fieldManager", "is required for apply patch"));
        if (type != Apply && query.ContainsKey("force"))
            throw ApiException.InvalidOptions("PatchOptions", Errors.Forbidden("force", "may not be specified for non-apply patch"));
        var body = await Body.ReadAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        var written = WriteHandler.Refusing(options, () => type == Apply
            ? ApplyPatch(resource, ns, name, subresource, body, options, force)
            : Patch(resource, ns, name, subresource, type, body, options));
        await writes.AnswerAsync(context, accepted, resource, written, options).ConfigureAwait(false);
    }

    private static void CheckType(ApiResource resource, string type)
    {
        if (type is Apply or Merge or Operations) return;
        if (type == Strategic && !resource.IsCustom) return;
        throw resource.IsCustom
            ? ApiException.UnsupportedMediaType($"the body of the request was in an unknown format - accepted media types include: {Operations}, {Merge}, {Apply}")
            : ApiException.UnsupportedMediaType("415: Unsupported Media Type", withDetails: true);
    }

    private Written Patch(ApiResource resource, string ns, string name, string? subresource, string type, byte[] body, WriteOptions options)
    {
        var patch = Body.Json(body);
        return parts.Writer.Update(resource, ns, name, subresource, options, isPut: false, live =>
        {
            if (live is null) throw ApiException.NotFound(resource, name);
            return new Changed(BodyDecoder.DecodePatched(resource, Patched(resource, live, type, patch), options));
        });
    }

    private static JsonObject Patched(ApiResource resource, JsonObject live, string type, JsonNode? patch)
    {
        try
        {
            if (type == Operations)
                return JsonPatch.Apply(live, patch as JsonArray ?? throw new PatchException("a JSON patch is a list")) as JsonObject ?? throw ApiException.Unprocessable();
            if (patch is not JsonObject changes) throw ApiException.BadRequest("error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}");
            return type == Strategic ? StrategicMergePatch.Apply(live, changes, resource.Merge) : (JsonObject)JsonMergePatch.Apply(live, changes)!;
        }
        catch (PatchException e)
        {
            throw type == Operations ? ApiException.Unprocessable() : ApiException.BadRequest(e.Message);
        }
    }

    private Written ApplyPatch(ApiResource resource, string ns, string name, string? subresource, byte[] body, WriteOptions options, bool force)
    {
        var applied = Configuration(resource, body);
        return parts.Writer.Update(resource, ns, name, subresource, options, isPut: false, live =>
        {
            if (live is null && subresource is not null && resource.IsCustom) throw ApiException.NotFound(resource, name);
            CheckDeclared(resource, applied, name);
            var wanted = applied.Copy();
            var metadata = wanted.Child("metadata");
            metadata["name"] ??= name;
            if (resource.Namespaced) metadata["namespace"] ??= ns;
            var result = Applied(resource, live, wanted, options.Manager, force, subresource);
            var managed = result["metadata"]?["managedFields"] as JsonArray ?? [];
            // A resourceVersion in the configuration is a precondition.
            if (metadata.Text("resourceVersion") is { Length: > 0 } version) result.Child("metadata")["resourceVersion"] = version;
            return new Changed(BodyDecoder.DecodePatched(resource, result, options), managed);
        });
    }

    private JsonObject Applied(ApiResource resource, JsonObject? live, JsonObject wanted, string manager, bool force, string? subresource)
    {
        try
        {
            var result = ServerSideApply.Apply(live, wanted, manager, force, resource.Apply, resource.ApiVersion, subresource, parts.Time.GetUtcNow());
            if (result.Conflicts.Count > 0)
                throw ApiException.ApplyConflict(ApplyConflict.Summary(result.Conflicts), result.Conflicts.Select(c => (ApplyConflict.Reason, c.Message, c.Field)));
            return result.Merged;
        }
        catch (PatchException e)
        {
            throw ApiException.Internal($"failed to create typed patch object ({wanted["metadata"]?["namespace"]}/{wanted["metadata"]?["name"]}; {resource.ApiVersion}, Kind={resource.Kind}): {e.Message}");
        }
    }

    private static JsonObject Configuration(ApiResource resource, byte[] body)
    {
        JsonObject applied;
        try
        {
            applied = Yaml.Parse(Encoding.UTF8.GetString(body)) as JsonObject ?? throw ApiException.BadRequest("error decoding YAML: the configuration is no object");
        }
        catch (YamlException e)
        {
            throw ApiException.BadRequest("error decoding YAML: " + e.Message);
        }
        var kind = applied.Text("kind") ?? "";
        var apiVersion = applied.Text("apiVersion") ?? "";
        if (apiVersion != resource.ApiVersion || kind != resource.Kind)
            throw ApiException.BadRequest($"invalid object type: {(apiVersion.Contains('/') ? apiVersion : "/" + apiVersion)}, Kind={kind}");
        if (applied.Object("metadata")?["managedFields"] is JsonArray { Count: > 0 }) throw ApiException.BadRequest("metadata.managedFields must be nil");
        return applied;
    }

    /// <summary>An apply refuses a field the kind does not have, whatever fieldValidation says.</summary>
    private static void CheckDeclared(ApiResource resource, JsonObject applied, string name)
    {
        var unknown = new List<string>();
        var copy = applied.Copy();
        try
        {
            if (resource.Shape is { } shape) shape.Decode(copy, new Decoding(resource.Kind, "", "", unknown));
            else unknown.AddRange(resource.Schema!.Prune(copy));
        }
        catch (DecodingException e)
        {
            throw ApiException.BadRequest(e.Message);
        }
        if (unknown.Count == 0) return;
        var said = resource.Group.Length == 0 ? "/" + resource.Version : resource.ApiVersion;
        throw ApiException.Internal($"failed to create typed patch object ({applied["metadata"]?["namespace"]}/{applied["metadata"]?["name"] ?? name}; {said}, Kind={resource.Kind}): .{unknown[0]}: field not declared in schema");
    }
}
