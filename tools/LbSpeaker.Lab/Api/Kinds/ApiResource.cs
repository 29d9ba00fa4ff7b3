using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Patching;
using LbSpeaker.Lab.Api.Schema;
using LbSpeaker.Lab.Api.Storage;
using LbSpeaker.Lab.Api.Strategies;
using LbSpeaker.Lab.Api.Tables;

namespace LbSpeaker.Lab.Api.Kinds;

/// <summary>One resource in one served version: what discovery says of it and how its objects are read and written.</summary>
internal sealed class ApiResource
{
    private static readonly IReadOnlyDictionary<string, string> MetadataFields =
        new Dictionary<string, string> { ["metadata.name"] = "metadata.name", ["metadata.namespace"] = "metadata.namespace" };

    private readonly Lazy<ApplySchema> _apply;
    private readonly Lazy<MergeSchema> _merge;

    public ApiResource()
    {
        _apply = new(() => Schema is { } schema ? ApplySchema.From(schema, HasStatus) : ApplySchema.ForBuiltIn(Group!, Kind!));
        _merge = new(() => MergeSchema.ForBuiltIn(Group!, Kind!));
    }

    /// <summary>"" is the core group.</summary>
    public required string Group { get; init; }
    public required string Version { get; init; }
    public required string Kind { get; init; }
    public required string Plural { get; init; }
    public required string Singular { get; init; }
    public required string ListKind { get; init; }
    public required bool Namespaced { get; init; }
    public required ResourceStore Storage { get; init; }
    public required Strategy Strategy { get; init; }
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];
    public bool HasStatus { get; init; }
    public bool HasGeneration { get; init; }

    /// <summary>PUT of an object that is not there creates it.</summary>
    public bool CreateOnUpdate { get; init; }

    /// <summary>PUT without resourceVersion is taken.</summary>
    public bool UnconditionalUpdate { get; init; }

    /// <summary>DELETE answers the object rather than a Status.</summary>
    public bool DeleteReturnsObject { get; init; }

    /// <summary>A built-in kind's struct; null for a custom resource.</summary>
    public GoStruct? Shape { get; init; }

    /// <summary>A custom resource's schema; null for a built-in kind.</summary>
    public StructuralSchema? Schema { get; init; }

    /// <summary>The schema as it stands in the CustomResourceDefinition.</summary>
    public JsonObject? SchemaDocument { get; init; }

    public IReadOnlyList<Column> Columns { get; init; } = [];

    /// <summary>Field selectors besides metadata.name and metadata.namespace: label to path in the stored shape.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>From the stored shape to this version's; null when they are the same.</summary>
    public Func<JsonObject, JsonObject>? Converter { get; init; }

    /// <summary>From this version's shape to the stored one; null when they are the same.</summary>
    public Func<JsonObject, JsonObject>? ToStorageConverter { get; init; }

    /// <summary>What goes with every answer of a deprecated version; null for one that is not.</summary>
    public string? DeprecationWarning { get; init; }

    public bool IsCustom => Shape is null;
    public string ApiVersion => Group.Length == 0 ? Version : Group + "/" + Version;

    /// <summary>As errors name it: <c>services</c>, <c>leases.coordination.k8s.io</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : Plural + "." + Group;
    public bool IsStorageShape => Converter is null;
    public ApplySchema Apply => _apply.Value;
    public MergeSchema Merge => _merge.Value;
    public IEnumerable<string> FieldPaths => Fields.Values;

    /// <summary>Verbs in the order the real server lists them.</summary>
    public IReadOnlyList<string> Verbs => IsCustom
        ? ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
        : NoDeleteCollection
            ? ["create", "delete", "get", "list", "patch", "update", "watch"]
            : ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public bool NoDeleteCollection { get; init; }

    public string? FieldPath(string label) => Fields.GetValueOrDefault(label) ?? MetadataFields.GetValueOrDefault(label);

    public JsonObject FromStorage(JsonObject stored) => Converter is null ? stored : Converter(stored);

    public JsonObject ToStorage(JsonObject obj) => ToStorageConverter is null ? obj : ToStorageConverter(obj);
}
