using System.Globalization;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Schema;
using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Strategies;

namespace LbSpeaker.Lab.Api.Writing;

/// <summary>The options of a deletion, from its body and its query.</summary>
internal sealed record DeleteOptions(string? Uid, string? ResourceVersion, string? Propagation, bool DryRun)
{
    public static DeleteOptions Background { get; } = new(null, null, "Background", false);

    public static DeleteOptions Read(JsonObject? body, IQueryCollection query)
    {
        var propagation = query["propagationPolicy"].FirstOrDefault() ?? body?.Text("propagationPolicy");
        var orphan = body?.Bool("orphanDependents") ?? (query.ContainsKey("orphanDependents") ? query["orphanDependents"] == "true" : null);
        if (orphan is not null && propagation is not null)
            throw ApiException.InvalidOptions("DeleteOptions", Errors.Invalid("propagationPolicy", propagation, "orphanDependents and deletionPropagation cannot be both set"));
        if (propagation is not (null or "Foreground" or "Background" or "Orphan"))
            throw ApiException.InvalidOptions("DeleteOptions", Errors.NotSupported("propagationPolicy", propagation, "Foreground", "Background", "Orphan", "nil"));
        var dryRun = query["dryRun"].Concat(body?.Strings("dryRun") ?? []).Where(v => !string.IsNullOrEmpty(v)).ToArray();
        if (dryRun.Any(v => v != "All"))
            throw ApiException.InvalidOptions("DeleteOptions", new FieldError("FieldValueNotSupported", "dryRun", $"Unsupported value: {Json.Text(Json.Array(dryRun!))}: supported values: \"All\""));
        var preconditions = body?.Object("preconditions");
        return new DeleteOptions(preconditions?.Text("uid"), preconditions?.Text("resourceVersion"), propagation ?? (orphan == true ? "Orphan" : null), dryRun.Length > 0);
    }
}

/// <summary>Deletes objects: at once, or marked while finalizers hold them.</summary>
internal sealed class Deleter(ServerParts parts)
{
    private const string Foreground = "foregroundDeletion";
    private const string Orphan = "orphan";

    /// <summary>Answers the object (when the kind does, or it still lives) or a Status.</summary>
    public JsonObject Delete(ApiResource resource, string ns, string name, DeleteOptions options)
    {
        lock (resource.Storage.Writing)
        {
            var found = parts.Store.Read(resource.Storage).Find(ns, name) ?? throw ApiException.NotFound(resource, name);
            CheckPreconditions(resource, found, options);
            var context = new WriteContext(parts, resource.Group, options.DryRun);
            var obj = found.Parse();
            resource.Strategy.CheckDelete(obj, context);
            if (options.DryRun) return Gone(resource, found);
            var metadata = obj.Child("metadata");
            var finalizers = metadata.Strings("finalizers").ToList();
            if (options.Propagation == "Foreground" && !finalizers.Contains(Foreground)) finalizers.Add(Foreground);
            if (options.Propagation == "Orphan" && !finalizers.Contains(Orphan)) finalizers.Add(Orphan);
            if (finalizers.Count == 0 && !HoldsBack(resource, obj))
            {
                RemoveNow(resource, found, context);
                return Gone(resource, found);
            }
            if (found.Deleting && finalizers.Count == metadata.Strings("finalizers").Count) return found.ParseAs(resource);
            metadata["deletionTimestamp"] ??= Timestamps.Seconds(context.Now);
            if (!HoldsBack(resource, obj)) metadata["deletionGracePeriodSeconds"] ??= 0;
            if (finalizers.Count > 0) metadata["finalizers"] = Json.Array(finalizers);
            if (resource.HasGeneration && !found.Deleting) metadata["generation"] = (metadata.Number("generation") ?? 0) + 1;
            if (HoldsBack(resource, obj)) obj.Child("status")["phase"] = "Terminating";
            var kept = parts.Store.Put(resource.Storage, obj);
            if (HoldsBack(resource, obj)) parts.Collector.EmptyNamespace(name);
            if (finalizers.Contains(Foreground) || finalizers.Contains(Orphan)) parts.Collector.Dependents(kept, finalizers.Contains(Orphan));
            return kept.ParseAs(resource);
        }
    }

    /// <summary>A namespace stays until its contents are gone.</summary>
    public static bool HoldsBack(ApiResource resource, JsonObject obj) =>
        resource is { Group: "", Plural: "namespaces" } && obj.Object("spec")?["finalizers"] is JsonArray { Count: > 0 };

    /// <summary>Takes an object away whatever holds it; the caller has the resource's lock.</summary>
    public void RemoveNow(ApiResource resource, StoredObject found, WriteContext context)
    {
        parts.Store.Remove(resource.Storage, found.Namespace, found.Name);
        resource.Strategy.Removed(found.Parse(), context);
        parts.Collector.Gone(found);
    }

    private static JsonObject Gone(ApiResource resource, StoredObject found)
    {
        if (resource.DeleteReturnsObject) return found.ParseAs(resource);
        var details = new JsonObject { ["name"] = found.Name };
        if (resource.Group.Length > 0) details["group"] = resource.Group;
        details["kind"] = resource.Plural;
        details["uid"] = found.Uid;
        return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details };
    }

    private static void CheckPreconditions(ApiResource resource, StoredObject found, DeleteOptions options)
    {
        if (options.Uid is { Length: > 0 } uid && uid != found.Uid)
            throw ApiException.DeleteConflict(resource, found.Name, $"the UID in the precondition ({uid}) does not match the UID in record ({found.Uid}). The object might have been deleted and then recreated");
        if (options.ResourceVersion is { Length: > 0 } version && version != found.Revision.ToString(CultureInfo.InvariantCulture))
            throw ApiException.DeleteConflict(resource, found.Name, $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({found.Revision}). The object might have been modified");
    }
}
