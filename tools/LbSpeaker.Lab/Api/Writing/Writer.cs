using System.Security.Cryptography;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Patching;
using LbSpeaker.Lab.Api.Schema;
using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Strategies;

namespace LbSpeaker.Lab.Api.Writing;

/// <summary>What a write answers: the object in the shape of the request, and whether it is new.</summary>
internal sealed record Written(byte[] Utf8, bool Created);

/// <summary>
/// Creates and updates objects: metadata, defaults, validation, managed fields, the status subresource, conflicts. Objects come in the
/// shape of the request's version, already decoded; strategies and the store see the stored shape.
/// </summary>
internal sealed class Writer(ServerParts parts)
{
    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    public Written Create(ApiResource resource, string ns, JsonObject obj, WriteOptions options, JsonArray? managedFields = null)
    {
        var context = new WriteContext(parts, resource.Group, options.DryRun);
        var metadata = obj.Child("metadata");
        Identify(resource, ns, metadata);
        if (metadata.Text("resourceVersion") is { Length: > 0 }) throw ApiException.BadRequest("resourceVersion should not be set on objects to be created");
        CheckNamespace(resource, ns, metadata.Text("name")!);
        metadata.Remove("deletionTimestamp");
        metadata.Remove("deletionGracePeriodSeconds");
        metadata.Remove("selfLink");
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Timestamps.Seconds(context.Now);
        metadata.Remove("generation");
        if (resource.HasGeneration) metadata["generation"] = 1;
        if (resource.HasStatus && !resource.Strategy.KeepsStatusOnCreate) obj.Remove("status");

        var stored = resource.ToStorage(obj);
        resource.Strategy.Default(stored);
        Manage(resource, null, stored, options, null, managedFields, context.Now);
        resource.Strategy.PrepareCreate(stored, context);
        lock (resource.Storage.Writing)
        {
            var name = stored.Child("metadata").Text("name")!;
            if (parts.Store.Read(resource.Storage).Find(ns, name) is { } present) throw ApiException.AlreadyExists(resource, name, present.Deleting);
            Check(resource, stored, null, null, context);
            if (options.DryRun) return new Written(Json.Utf8(resource.FromStorage(stored)), true);
            var kept = parts.Store.Put(resource.Storage, stored);
            resource.Strategy.Stored(stored, context);
            if (kept.Owners.Count > 0) parts.Collector.CheckOwners(kept);
            return new Written(kept.As(resource).Utf8, true);
        }
    }

    /// <param name="change">From the live object (its own copy, or null when there is none and that is allowed) to the wanted one, decoded.</param>
    /// <param name="subresource">"status" or null.</param>
    /// <param name="isPut">The object is a client's whole object rather than a patch of the live one.</param>
    public Written Update(ApiResource resource, string ns, string name, string? subresource, WriteOptions options, bool isPut, Func<JsonObject?, Changed> change)
    {
        lock (resource.Storage.Writing)
        {
            var found = parts.Store.Read(resource.Storage).Find(ns, name);
            if (found is null)
            {
                var made = change(null);
                CheckPath(ns, name, made.Object.Child("metadata"));
                return Create(resource, ns, made.Object, options, made.ManagedFields);
            }
            var live = found.ParseAs(resource);
            var changed = change(live.Copy());
            var wanted = changed.Object;
            CheckPath(ns, name, wanted.Child("metadata"));
            CheckPreconditions(resource, found, wanted.Child("metadata"), isPut);
            KeepBookkeeping(wanted.Child("metadata"), live.Child("metadata"));
            wanted = subresource is null ? MainOf(resource, wanted, live) : StatusOf(resource, wanted, live);
            return Commit(resource, found, live, wanted, subresource, options, changed.ManagedFields);
        }
    }

    private Written Commit(ApiResource resource, StoredObject found, JsonObject live, JsonObject wanted, string? subresource, WriteOptions options, JsonArray? managedFields)
    {
        var context = new WriteContext(parts, resource.Group, options.DryRun);
        var stored = resource.ToStorage(wanted);
        var storedLive = found.Parse();
        resource.Strategy.Default(stored);
        Manage(resource, live, stored, options, subresource, managedFields, context.Now);
        if (subresource is null) resource.Strategy.PrepareUpdate(stored, storedLive, context);
        Check(resource, stored, storedLive, subresource, context);
        ManagedFields.KeepTimesOfUnchanged(storedLive, stored);
        if (JsonNode.DeepEquals(stored, storedLive)) return new Written(found.As(resource).Utf8, false);

        var metadata = stored.Child("metadata");
        if (resource.HasGeneration && subresource is null && !SameSpec(resource, stored, storedLive))
            metadata["generation"] = (storedLive.Child("metadata").Number("generation") ?? 0) + 1;
        if (options.DryRun) return new Written(Json.Utf8(resource.FromStorage(stored)), false);
        if (found.Deleting && metadata["finalizers"] is not JsonArray { Count: > 0 } && !Deleter.HoldsBack(resource, stored))
        {
            parts.Deleter.RemoveNow(resource, found, context);
            return new Written(Json.Utf8(resource.FromStorage(stored)), false);
        }
        var kept = parts.Store.Put(resource.Storage, stored);
        resource.Strategy.Stored(stored, context);
        return new Written(kept.As(resource).Utf8, false);
    }

    private static void Check(ApiResource resource, JsonObject stored, JsonObject? live, string? subresource, WriteContext context)
    {
        var errors = new List<FieldError>();
        var metadata = stored.Child("metadata");
        if (live is null) MetadataValidation.Name(resource.Strategy.Names, metadata.Text("name")!, errors);
        MetadataValidation.Validate(metadata, live?.Child("metadata"), errors);
        if (resource.Schema is { } schema) errors.AddRange(schema.Validate(stored, live));
        else if (subresource == "status" && live is not null) resource.Strategy.ValidateStatus(stored, live, errors);
        else resource.Strategy.Validate(stored, live, context, errors);
        if (errors.Count == 0 && subresource is null) resource.Strategy.Allocate(stored, live, context, errors);
        if (errors.Count > 0) throw ApiException.Invalid(resource, metadata.Text("name"), errors);
    }

    /// <summary>Fills in who owns what; an apply has computed it already.</summary>
    private static void Manage(ApiResource resource, JsonObject? live, JsonObject stored, WriteOptions options, string? subresource, JsonArray? applied, DateTimeOffset now)
    {
        var metadata = stored.Child("metadata");
        if (applied is not null)
        {
            metadata["managedFields"] = applied.Copy();
            return;
        }
        var shown = resource.IsStorageShape ? stored : resource.FromStorage(stored.Copy());
        var after = ManagedFields.AfterUpdate(live, shown, options.Manager, resource.ApiVersion, subresource, now, resource.Apply);
        if (after["metadata"]?["managedFields"] is JsonArray { Count: > 0 } fields) metadata["managedFields"] = fields.Copy();
        else metadata.Remove("managedFields");
    }

    private void CheckNamespace(ApiResource resource, string ns, string name)
    {
        if (!resource.Namespaced) return;
        var namespaces = parts.Kinds.Require("", "namespaces");
        var home = parts.Store.Read(namespaces.Storage).Find("", ns) ?? throw ApiException.NotFound(namespaces, ns);
        if (home.Deleting) throw ApiException.Forbidden(resource, name, $"unable to create new content in namespace {ns} because it is being terminated");
    }

    private static void Identify(ApiResource resource, string ns, JsonObject metadata)
    {
        var name = metadata.Text("name") ?? "";
        if (name.Length == 0)
        {
            var prefix = metadata.Text("generateName") ?? "";
            if (prefix.Length == 0)
                throw ApiException.Invalid(resource, "", [Errors.Required("metadata.name", "name or generateName is required")]);
            metadata["name"] = prefix + RandomNumberGenerator.GetString(NameAlphabet, 5);
        }
        if (metadata.Text("namespace") is { Length: > 0 } said && said != ns)
            throw ApiException.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        if (resource.Namespaced) metadata["namespace"] = ns;
        else metadata.Remove("namespace");
    }

    private static void CheckPath(string ns, string name, JsonObject metadata)
    {
        if (metadata.Text("name") is { Length: > 0 } said)
        {
            if (said != name) throw ApiException.BadRequest($"the name of the object ({said}) does not match the name on the URL ({name})");
        }
        else metadata["name"] = name;
        if (metadata.Text("namespace") is { Length: > 0 } home && home != ns)
            throw ApiException.BadRequest($"the namespace of the object ({home}) does not match the namespace on the request ({ns})");
    }

    private static void CheckPreconditions(ApiResource resource, StoredObject found, JsonObject metadata, bool isPut)
    {
        var version = metadata.Text("resourceVersion") ?? "";
        if (version.Length == 0 && isPut && !resource.UnconditionalUpdate) throw ApiException.InvalidUpdate(resource, found.Name);
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != found.Uid)
            throw ApiException.Conflict(resource, found.Name,
                $"StorageError: invalid object, Code: 4, Key: /registry/{(resource.Storage.Name == "services" ? "services/specs" : resource.Storage.Name)}/{found.Namespace}/{found.Name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {found.Uid}");
        if (version.Length > 0 && version != "0" && version != found.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture))
            throw ApiException.Modified(resource, found.Name);
    }

    private static void KeepBookkeeping(JsonObject metadata, JsonObject live)
    {
        foreach (var key in (string[])["uid", "creationTimestamp", "resourceVersion", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "namespace", "generateName"])
        {
            metadata.Remove(key);
            if (live[key] is { } value) metadata[key] = value.DeepClone();
        }
        if (metadata["finalizers"] is JsonArray { Count: 0 }) metadata.Remove("finalizers");
    }

    /// <summary>A write of the main resource leaves the status alone.</summary>
    private static JsonObject MainOf(ApiResource resource, JsonObject wanted, JsonObject live)
    {
        if (!resource.HasStatus) return wanted;
        wanted.Remove("status");
        if (live["status"] is { } status) wanted["status"] = status.DeepClone();
        return wanted;
    }

    /// <summary>A write of the status takes nothing else; of a built-in kind also labels and annotations.</summary>
    private static JsonObject StatusOf(ApiResource resource, JsonObject wanted, JsonObject live)
    {
        var result = live.Copy();
        result.Remove("status");
        if (wanted["status"] is { } status) result["status"] = status.DeepClone();
        if (!resource.IsCustom) result["metadata"] = wanted["metadata"]!.DeepClone();
        return result;
    }

    private static bool SameSpec(ApiResource resource, JsonObject a, JsonObject b)
    {
        IEnumerable<string> Keys(JsonObject o) => o.Select(p => p.Key).Where(k => k != "metadata" && !(k == "status" && resource.HasStatus));
        return Keys(a).Union(Keys(b)).All(k => JsonNode.DeepEquals(a[k], b[k]));
    }
}

/// <param name="ManagedFields">Already known when the change was an apply.</param>
internal sealed record Changed(JsonObject Object, JsonArray? ManagedFields = null);
