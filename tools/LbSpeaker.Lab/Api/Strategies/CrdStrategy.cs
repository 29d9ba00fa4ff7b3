using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Schema;
using LbSpeaker.Lab.Api.Tables;

namespace LbSpeaker.Lab.Api.Strategies;

/// <summary>CustomResourceDefinitions: served from the moment they are stored, with the conditions the real controller sets a little later.</summary>
internal sealed class CrdStrategy : Strategy
{
    public override void Default(JsonObject obj)
    {
        var spec = obj.Child("spec");
        var names = spec.Child("names");
        if (names.Text("singular") is null or "") names["singular"] = names.Text("kind")?.ToLowerInvariant();
        if (names.Text("listKind") is null or "") names["listKind"] = names.Text("kind") + "List";
        spec.Child("conversion")["strategy"] ??= "None";
    }

    public override void PrepareCreate(JsonObject obj, WriteContext context) => obj["status"] = Status(obj.Child("spec"), [], context.Now);

    public override void PrepareUpdate(JsonObject obj, JsonObject live, WriteContext context)
    {
        var stored = Json.At(live, "status.storedVersions") is JsonArray array ? array.Select(v => v!.GetValue<string>()).ToArray() : [];
        var status = Status(obj.Child("spec"), stored, context.Now);
        if (Json.At(live, "status.conditions") is JsonArray conditions) status["conditions"] = conditions.Copy();
        obj["status"] = status;
    }

    public override void Validate(JsonObject obj, JsonObject? live, WriteContext context, List<FieldError> errors)
    {
        var spec = obj.Child("spec");
        var group = spec.Text("group") ?? "";
        var names = spec.Child("names");
        var plural = names.Text("plural") ?? "";
        var name = obj.Child("metadata").Text("name") ?? "";
        if (name != plural + "." + group) errors.Add(Errors.Invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"));
        if (group.Length == 0) errors.Add(Errors.Required("spec.group"));
        if (plural.Length == 0) errors.Add(Errors.Required("spec.names.plural"));
        if (names.Text("kind") is null or "") errors.Add(Errors.Required("spec.names.kind"));
        if (spec.Text("scope") is not ("Namespaced" or "Cluster")) errors.Add(Errors.NotSupported("spec.scope", spec.Text("scope") ?? "", "Cluster", "Namespaced"));
        if (spec.Child("conversion").Text("strategy") is { } conversion and not "None")
            errors.Add(Errors.Invalid("spec.conversion.strategy", conversion, "conversion webhooks are not called by this server"));
        if (live is not null && (live.Child("spec").Text("scope") != spec.Text("scope") || live.Child("spec").Child("names").Text("kind") != names.Text("kind")))
            errors.Add(Errors.Invalid("spec.names.kind", names.Text("kind") ?? "", "field is immutable"));
        var versions = spec.Objects("versions").ToArray();
        if (versions.Length == 0) errors.Add(Errors.Required("spec.versions"));
        else if (versions.Count(v => v.Bool("storage") == true) != 1)
            errors.Add(Errors.InvalidJson("spec.versions", spec["versions"], "must have exactly one version marked as storage version"));
        for (var i = 0; i < versions.Length; i++) ValidateSchema(versions[i], $"spec.versions[{i}].schema.openAPIV3Schema", errors);
    }

    public override void Stored(JsonObject obj, WriteContext context) => Register(obj, context.Server);

    public override void Removed(JsonObject obj, WriteContext context)
    {
        var spec = obj.Child("spec");
        var group = spec.Text("group")!;
        var plural = spec.Child("names").Text("plural")!;
        var versions = context.Server.Kinds.All.Where(r => r.Group == group && r.Plural == plural).ToArray();
        context.Server.Collector.EmptyResource(context.Server.Store.Resource(BuiltInKinds.StorageName(group, plural)), versions);
        context.Server.Kinds.Replace(group, plural, []);
    }

    private static void ValidateSchema(JsonObject version, string field, List<FieldError> errors)
    {
        if (version.Object("schema")?.Object("openAPIV3Schema") is not { } schema)
        {
            errors.Add(Errors.Required(field, "schemas are required"));
            return;
        }
        try
        {
            _ = StructuralSchema.Parse(schema);
        }
        catch (SchemaException e)
        {
            errors.Add(new FieldError("FieldValueInvalid", e.Field.Length == 0 ? field : field + "." + e.Field, "Invalid value: " + e.Detail));
        }
    }

    private static JsonObject Status(JsonObject spec, IReadOnlyList<string> stored, DateTimeOffset now)
    {
        var storage = spec.Objects("versions").FirstOrDefault(v => v.Bool("storage") == true)?.Text("name");
        JsonObject Condition(string type, string reason, string message) => new()
        {
            ["type"] = type, ["status"] = "True", ["lastTransitionTime"] = Timestamps.Seconds(now), ["reason"] = reason, ["message"] = message,
        };
        return new JsonObject
        {
            ["conditions"] = new JsonArray(
                Condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                Condition("Established", "InitialNamesAccepted", "the initial names have been accepted")),
            ["acceptedNames"] = spec["names"]?.DeepClone() ?? new JsonObject(),
            ["storedVersions"] = Json.Array(storage is null || stored.Contains(storage) ? stored : [.. stored, storage]),
        };
    }

    private static void Register(JsonObject obj, ServerParts server)
    {
        var spec = obj.Child("spec");
        var names = spec.Child("names");
        var group = spec.Text("group")!;
        var plural = names.Text("plural")!;
        var storage = server.Store.Resource(BuiltInKinds.StorageName(group, plural));
        var storageVersion = spec.Objects("versions").First(v => v.Bool("storage") == true).Text("name");
        StructuralSchema SchemaOf(JsonObject version) =>
            StructuralSchema.Parse(version.Child("schema").Child("openAPIV3Schema").Copy(), preserveUnknown: spec.Bool("preserveUnknownFields") == true);
        var storageSchema = SchemaOf(spec.Objects("versions").First(v => v.Bool("storage") == true));
        var served = spec.Objects("versions").Where(v => v.Bool("served") == true).Select(version =>
        {
            var document = version.Child("schema").Child("openAPIV3Schema").Copy();
            var schema = SchemaOf(version);
            var name = version.Text("name")!;
            return new ApiResource
            {
                Group = group,
                Version = name,
                Kind = names.Text("kind")!,
                ListKind = names.Text("listKind")!,
                Plural = plural,
                Singular = names.Text("singular")!,
                ShortNames = names.Strings("shortNames"),
                Categories = names.Strings("categories"),
                Namespaced = spec.Text("scope") == "Namespaced",
                Storage = storage,
                Strategy = new Strategy(),
                HasStatus = version.Object("subresources")?.ContainsKey("status") == true,
                HasGeneration = true,
                Schema = schema,
                SchemaDocument = document,
                Columns = CustomColumns.Of(version),
                Fields = version.Objects("selectableFields").ToDictionary(f => f.Text("jsonPath")![1..], f => f.Text("jsonPath")![1..], StringComparer.Ordinal),
                Converter = name == storageVersion ? null : stored => ToVersion(stored, $"{group}/{name}", schema),
                DeprecationWarning = version.Bool("deprecated") == true ? version.Text("deprecationWarning") ?? $"{group}/{name} {names.Text("kind")} is deprecated" : null,
                ToStorageConverter = name == storageVersion ? null : sent => ToStorage(sent, $"{group}/{storageVersion}", storageSchema),
            };
        }).OrderBy(r => r.Version == storageVersion ? 0 : 1).ToArray();
        server.Kinds.Replace(group, plural, served);
    }

    private static JsonObject ToVersion(JsonObject stored, string apiVersion, StructuralSchema schema)
    {
        stored["apiVersion"] = apiVersion;
        schema.Prune(stored);
        schema.ApplyDefaults(stored);
        return stored;
    }

    /// <summary>The real server adds the stored version's defaults when it reads what is stored; to clients that is the same.</summary>
    private static JsonObject ToStorage(JsonObject obj, string apiVersion, StructuralSchema schema)
    {
        obj["apiVersion"] = apiVersion;
        schema.ApplyDefaults(obj);
        return obj;
    }
}
