using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Schema;
using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Tables;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>GET of one object and of a collection, with pages and revisions.</summary>
internal sealed class ListHandler(ServerParts parts, Faults faults)
{
    public Task GetAsync(HttpContext context, ApiResource resource, string ns, string name)
    {
        var accepted = Accepted.Read(context.Request);
        var asked = Revision(context.Request.Query["resourceVersion"].FirstOrDefault());
        if (asked > parts.Store.Revision) throw ApiException.TooLargeRevision(asked.Value, parts.Store.Revision);
        var found = (faults.StaleState(resource.Storage, parts.Store) ?? parts.Store.Read(resource.Storage)).Find(ns, name)
            ?? throw ApiException.NotFound(resource, name);
        return Responder.ObjectAsync(context, accepted, resource, 200, found.As(resource).Utf8, parts.Time);
    }

    public async Task ListAsync(HttpContext context, ApiResource resource, string? ns)
    {
        var accepted = Accepted.Read(context.Request);
        var query = context.Request.Query;
        var selectors = Selectors.Read(resource, query, null);
        var limit = Limit(query["limit"].FirstOrDefault());
        var (state, start) = State(resource, query, ref limit);
        if (state is null) throw new InvalidOperationException("a list without a state");

        var items = new List<StoredObject>();
        string? next = null;
        var remaining = 0;
        foreach (var obj in start is null ? state.In(ns) : From(state, ns, start))
        {
            if (!selectors.Matches(obj)) continue;
            if (limit > 0 && items.Count == limit)
            {
                next ??= new ContinueToken(state.Revision, Key(ns, items[^1]) + "\0").Encode();
                remaining++;
                if (!selectors.IsEmpty) break;
                continue;
            }
            items.Add(obj);
        }
        var metadata = new JsonObject();
        if (resource.IsCustom && accepted.Form == Form.Whole) metadata["continue"] = next ?? "";
        else if (next is not null) metadata["continue"] = next;
        if (next is not null && selectors.IsEmpty) metadata["remainingItemCount"] = remaining;
        metadata["resourceVersion"] = state.Revision.ToString(CultureInfo.InvariantCulture);
        await WriteAsync(context, accepted, resource, items, metadata).ConfigureAwait(false);
    }

    /// <summary>Which state the query asks for, and the key to start from.</summary>
    private (Snapshot? State, string? Start) State(ApiResource resource, IQueryCollection query, ref long limit)
    {
        var version = query["resourceVersion"].FirstOrDefault() ?? "";
        var match = query["resourceVersionMatch"].FirstOrDefault() ?? "";
        var token = query["continue"].FirstOrDefault() ?? "";
        if (query.ContainsKey("sendInitialEvents"))
            throw ApiException.InvalidOptions("ListOptions", Errors.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        if (match.Length > 0)
        {
            if (version.Length == 0) throw Match("resourceVersionMatch is forbidden unless resourceVersion is provided");
            if (token.Length > 0) throw Match("resourceVersionMatch is forbidden when continue is provided");
            if (match is not ("Exact" or "NotOlderThan"))
                throw ApiException.InvalidOptions("ListOptions", new FieldError("FieldValueNotSupported", "resourceVersionMatch", $"Unsupported value: \"{match}\": supported values: \"Exact\", \"NotOlderThan\", \"\""));
            if (match == "Exact" && version == "0") throw Match("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
        if (token.Length > 0)
        {
            if (version is not ("" or "0")) throw ApiException.BadRequest("specifying resource version is not allowed when using continue");
            var from = ContinueToken.Decode(token);
            if (from.Revision < 0) return (parts.Store.Read(resource.Storage), from.Start);
            return (parts.Store.ReadAt(resource.Storage, from.Revision).State
                ?? throw ApiException.ExpiredContinue(new ContinueToken(-1, from.Start[1..]).Encode()), from.Start);
        }
        var asked = Revision(version);
        var newest = parts.Store.Read(resource.Storage);
        if (asked > newest.Revision) throw ApiException.TooLargeRevision(asked.Value, newest.Revision);
        if (match == "Exact")
            return (parts.Store.ReadAt(resource.Storage, asked!.Value).State ?? throw ApiException.Expired("The resourceVersion for the provided list is too old."), null);
        // The watch cache answers a list from revision 0 whole, whatever the limit.
        if (version == "0") limit = 0;
        return (faults.StaleState(resource.Storage, parts.Store) ?? newest, null);
    }

    private static ApiException Match(string why) => ApiException.InvalidOptions("ListOptions", Errors.Forbidden("resourceVersionMatch", why));

    private static IEnumerable<StoredObject> From(Snapshot state, string? ns, string start) =>
        ns is not null || start.IndexOf('/', 1) is not (> 0 and var slash)
            ? state.In(ns).SkipWhile(o => string.CompareOrdinal("/" + o.Name, start) < 0)
            : state.In(null).SkipWhile(o => string.CompareOrdinal(o.Namespace, start[1..slash]) is var order
                && (order < 0 || (order == 0 && string.CompareOrdinal(o.Name, start[(slash + 1)..]) < 0)));

    private static string Key(string? ns, StoredObject obj) => ns is null && obj.Namespace.Length > 0 ? $"/{obj.Namespace}/{obj.Name}" : "/" + obj.Name;

    private static long Limit(string? text)
    {
        if (string.IsNullOrEmpty(text)) return 0;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit)
            ? Math.Max(limit, 0) : throw ApiException.BadRequest($"strconv.ParseInt: parsing \"{text}\": invalid syntax");
    }

    private static long? Revision(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision
            : throw ApiException.BadRequest($"invalid resource version: resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");
    }

    private async Task WriteAsync(HttpContext context, Accepted accepted, ApiResource resource, List<StoredObject> items, JsonObject metadata)
    {
        if (accepted.Form == Form.Table)
        {
            var table = new TableView(resource, accepted.TableVersion, TableView.ReadInclude(context.Request.Query["includeObject"].FirstOrDefault()), parts.Time);
            await Responder.NodeAsync(context, accepted, 200, table.Table(TableView.Parse(items, resource), metadata)).ConfigureAwait(false);
            return;
        }
        if (accepted.Form == Form.Metadata)
        {
            var rows = items.Count == 0 ? null : new JsonArray([.. items.Select(i => TableView.PartialMetadata(i.ParseAs(resource), accepted.TableVersion))]);
            await Responder.NodeAsync(context, accepted, 200, new JsonObject
            {
                ["kind"] = "PartialObjectMetadataList", ["apiVersion"] = "meta.k8s.io/" + accepted.TableVersion, ["metadata"] = metadata, ["items"] = rows,
            }).ConfigureAwait(false);
            return;
        }
        if (accepted.Yaml)
        {
            await Responder.NodeAsync(context, accepted, 200, new JsonObject
            {
                ["kind"] = resource.ListKind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = metadata, ["items"] = new JsonArray([.. items.Select(i => Item(i.ParseAs(resource), resource))]),
            }).ConfigureAwait(false);
            return;
        }
        await StreamAsync(context, resource, items, metadata).ConfigureAwait(false);
    }

    private static JsonObject Item(JsonObject obj, ApiResource resource)
    {
        if (resource.IsCustom) return obj;
        obj.Remove("kind");
        obj.Remove("apiVersion");
        return obj;
    }

    /// <summary>The common case: the stored bytes one after the other, nothing parsed.</summary>
    private static async Task StreamAsync(HttpContext context, ApiResource resource, List<StoredObject> items, JsonObject metadata)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-cache, private";
        var writer = context.Response.BodyWriter;
        writer.Write(System.Text.Encoding.UTF8.GetBytes($"{{\"kind\":\"{resource.ListKind}\",\"apiVersion\":\"{resource.ApiVersion}\",\"metadata\":"));
        writer.Write(Json.Utf8(metadata));
        writer.Write(",\"items\":["u8);
        var unflushed = 0;
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) writer.Write(","u8);
            var item = items[i].As(resource);
            if (resource.IsCustom) writer.Write(item.Utf8);
            else
            {
                writer.Write("{"u8);
                writer.Write(item.Utf8.AsSpan(item.Body));
            }
            if ((unflushed += item.Utf8.Length) < 256 * 1024) continue;
            unflushed = 0;
            await writer.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
        writer.Write("]}\n"u8);
        await writer.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
