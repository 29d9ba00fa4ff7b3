using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Tables;
using LbSpeaker.Lab.Api.Writing;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>POST, PUT and DELETE.</summary>
internal sealed class WriteHandler(ServerParts parts)
{
    public async Task CreateAsync(HttpContext context, ApiResource resource, string ns)
    {
        var accepted = Accepted.Read(context.Request);
        var options = WriteOptions.Read(context.Request.Query, "CreateOptions", context.Request.Headers.UserAgent.ToString());
        var duplicates = new List<string>();
        var body = Body.Object(context.Request, await Body.ReadAsync(context.Request, context.RequestAborted).ConfigureAwait(false), resource, duplicates);
        var written = Refusing(options, () => parts.Writer.Create(resource, ns, BodyDecoder.Decode(resource, body, options, duplicates), options));
        await AnswerAsync(context, accepted, resource, written, options).ConfigureAwait(false);
    }

    public async Task PutAsync(HttpContext context, ApiResource resource, string ns, string name, string? subresource)
    {
        var accepted = Accepted.Read(context.Request);
        var options = WriteOptions.Read(context.Request.Query, "UpdateOptions", context.Request.Headers.UserAgent.ToString());
        var duplicates = new List<string>();
        var body = Body.Object(context.Request, await Body.ReadAsync(context.Request, context.RequestAborted).ConfigureAwait(false), resource, duplicates);
        var written = Refusing(options, () =>
        {
            var obj = BodyDecoder.Decode(resource, body, options, duplicates);
            return parts.Writer.Update(resource, ns, name, subresource, options, isPut: true, live =>
                live is null && (!resource.CreateOnUpdate || subresource is not null) ? throw ApiException.NotFound(resource, name) : new Changed(obj));
        });
        await AnswerAsync(context, accepted, resource, written, options).ConfigureAwait(false);
    }

    public async Task DeleteAsync(HttpContext context, ApiResource resource, string ns, string name)
    {
        var accepted = Accepted.Read(context.Request);
        var options = await OptionsAsync(context).ConfigureAwait(false);
        var answer = parts.Deleter.Delete(resource, ns, name, options);
        await Responder.ObjectAsync(context, accepted, resource, 200, Json.Utf8(answer), parts.Time).ConfigureAwait(false);
    }

    public async Task DeleteCollectionAsync(HttpContext context, ApiResource resource, string? ns)
    {
        if (resource.NoDeleteCollection) throw ApiException.MethodNotAllowed();
        var accepted = Accepted.Read(context.Request);
        var selectors = Selectors.Read(resource, context.Request.Query, null);
        var options = await OptionsAsync(context).ConfigureAwait(false);
        var state = parts.Store.Read(resource.Storage);
        var chosen = state.In(ns).Where(selectors.Matches).ToArray();
        foreach (var obj in chosen) DeleteIfThere(resource, obj, options);
        var items = new JsonArray([.. chosen.Select(o =>
        {
            var item = o.ParseAs(resource);
            if (!resource.IsCustom) { item.Remove("kind"); item.Remove("apiVersion"); }
            return item;
        })]);
        var metadata = new JsonObject { ["resourceVersion"] = state.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        if (resource.IsCustom) metadata["continue"] = "";
        await Responder.NodeAsync(context, accepted, 200, new JsonObject
        {
            ["kind"] = resource.ListKind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = metadata, ["items"] = items,
        }).ConfigureAwait(false);
    }

    /// <summary>Warnings that were collected go with a refusal too.</summary>
    public static Written Refusing(WriteOptions options, Func<Written> write)
    {
        try
        {
            return write();
        }
        catch (ApiException failure)
        {
            failure.Warnings.AddRange(options.Warnings);
            throw;
        }
    }

    public Task AnswerAsync(HttpContext context, Accepted accepted, ApiResource resource, Written written, WriteOptions options)
    {
        Responder.Warn(context, options.Warnings);
        return Responder.ObjectAsync(context, accepted, resource, written.Created ? 201 : 200, written.Utf8, parts.Time);
    }

    private void DeleteIfThere(ApiResource resource, StoredObject obj, DeleteOptions options)
    {
        try
        {
            parts.Deleter.Delete(resource, obj.Namespace, obj.Name, options);
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
            // Deleted by somebody else since the list was taken: that is what was wanted.
        }
    }

    private static async Task<DeleteOptions> OptionsAsync(HttpContext context)
    {
        var bytes = await Body.ReadAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        var type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
        if (bytes.Length > 0 && type is not ("" or "application/json" or "application/yaml"))
            throw ApiException.UnsupportedMediaType("the body of the request was in an unknown format - accepted media types include: application/json, application/yaml");
        var body = bytes.Length == 0 ? null : type == "application/yaml" ? Yaml.Parse(System.Text.Encoding.UTF8.GetString(bytes)) : Body.Json(bytes);
        return DeleteOptions.Read(body as JsonObject, context.Request.Query);
    }
}
