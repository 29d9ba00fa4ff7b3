using System.Collections.Immutable;
using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>An object to delete, as a person names it.</summary>
/// <param name="Kind">In any case, in the singular or the plural.</param>
/// <param name="Namespace">Null where none is named.</param>
public sealed record NamedObject(string Kind, string? Namespace, string Name)
{
    /// <returns>Null unless the text is kind/name or kind/namespace/name.</returns>
    public static NamedObject? Parse(string text) => text.Split('/') switch
    {
        [{ Length: > 0 } kind, { Length: > 0 } name] => new(kind, null, name),
        [{ Length: > 0 } kind, { Length: > 0 } ns, { Length: > 0 } name] => new(kind, ns, name),
        _ => null,
    };

    public override string ToString() => Namespace is null ? $"{Kind}/{Name}" : $"{Kind}/{Namespace}/{Name}";

    internal bool Means(ManifestObject manifest) =>
        manifest.Name == Name && (Namespace is null || (manifest.Namespace ?? "") == Namespace)
        && (Kind.Equals(manifest.Kind, StringComparison.OrdinalIgnoreCase) || Kind.Equals(Plural(manifest.Kind), StringComparison.OrdinalIgnoreCase));

    private static string Plural(string kind) => kind.EndsWith('y') ? $"{kind[..^1]}ies" : kind.EndsWith('s') ? $"{kind}es" : $"{kind}s";
}

/// <summary>Kubernetes objects, from files or from an API server, in the order in which they stood there; and what they would be after a change.</summary>
public sealed class Manifests
{
    /// <summary>The objects of one page of a list.</summary>
    private const int PageSize = 500;

    private readonly ImmutableList<ManifestObject> objects;

    private Manifests(IEnumerable<ManifestObject> objects, bool isLive, ValueArray<string> warnings) =>
        (this.objects, IsLive, Warnings) = ([.. objects.Select((o, at) => o with { Ordinal = at + 1 })], isLive, warnings);

    /// <summary>They come from an API server, which has let them in, and lack what only its daemons may read: the Secrets.</summary>
    public bool IsLive { get; }

    /// <summary>For a person: what could not be read, and what follows.</summary>
    public ValueArray<string> Warnings { get; }

    public int Count => objects.Count;

    internal IReadOnlyList<ManifestObject> Objects => objects;

    /// <summary>Every <c>*.yaml</c> and <c>*.yml</c> in the directory, no subfolders.</summary>
    /// <exception cref="UnreadableInputException">There is no such directory, or a file in it is not made of Kubernetes objects.</exception>
    public static Manifests OfDirectory(string directory) => new(ManifestFiles.Read(directory), isLive: false, []);

    /// <exception cref="UnreadableInputException">The file cannot be read, or is not made of Kubernetes objects.</exception>
    public static Manifests OfFile(string file) => new(ManifestFiles.ReadFile(file), isLive: false, []);

    /// <param name="name">What the text is called in messages.</param>
    /// <exception cref="UnreadableInputException">The text is not made of Kubernetes objects.</exception>
    public static Manifests OfText(string name, string text) => new(ManifestFiles.ReadText(name, text), isLive: false, []);

    /// <summary>Lists what a plan is made from, and what the parts of LbSpeaker say of themselves.</summary>
    /// <returns>The objects; or null and why there are none: something that a plan needs cannot be listed.</returns>
    public static async Task<(Manifests? Manifests, string Trouble)> OfClusterAsync(KubernetesApi api, string ownNamespace, ValueArray<string> configNamespaces, CancellationToken ct)
    {
        List<ManifestObject> objects = [];
        List<string> warnings = [];
        foreach (WatchTarget target in FeedScope.Looking(ownNamespace, configNamespaces).Targets())
            if (await ListAsync(api, target, objects, ct).ConfigureAwait(false) is { IsOk: false } failed)
            {
                bool isMissing = failed.Outcome == ApiOutcome.NotFound && target.IsCustom;
                if (!IsReport(target.Kind) || !isMissing && failed.StatusCode != 403)
                    return (null, isMissing ? $"the API server does not know {target.Path}: are the definitions applied (manifests/crds)?" : $"{target.Path}: {failed}{failed.Advice}");
                if (!isMissing) warnings.Add($"{target.Path} cannot be read: {failed}; what stands there counts as absent");
            }
        return (new(objects, isLive: true, warnings.ToValueArray()), "");
    }

    /// <summary>These objects after <c>kubectl delete</c> and <c>kubectl apply</c>, in this order. An object that is there already is changed as apply changes it, and keeps its place.</summary>
    /// <param name="defaultNamespace">Of objects in a namespace that name none and are no configuration.</param>
    /// <param name="configNamespace">Of configuration that names none.</param>
    /// <exception cref="UnreadableInputException">There is no such object to delete, or several; or a changed object stands twice.</exception>
    public Manifests After(IEnumerable<NamedObject> deleted, IEnumerable<Manifests> applied, string defaultNamespace, string configNamespace)
    {
        List<ManifestObject> result = [.. objects.Select(o => o with { Namespace = NamespaceOf(o, defaultNamespace, configNamespace) })];
        foreach (NamedObject named in deleted)
        {
            ManifestObject[] meant = [.. result.Where(named.Means)];
            if (meant.Length > 1 && named.Namespace is null) meant = [.. meant.Where(m => m.Namespace == defaultNamespace)];
            if (meant.Length != 1)
                throw new UnreadableInputException($"--delete {named}", null, $"{(meant.Length == 0 && !result.Any(named.Means) ? "an object that is there" : "one object; name its namespace, as in kind/namespace/name")}");
            result.Remove(meant[0]);
        }
        Dictionary<(string, string, ObjectKey), ManifestObject> changed = [];
        foreach (ManifestObject change in applied.SelectMany(a => a.objects).Select(o => o with { Namespace = NamespaceOf(o, defaultNamespace, configNamespace) }))
        {
            if (!changed.TryAdd(IdentityOf(change), change))
            {
                ManifestObject first = changed[IdentityOf(change)];
                if (JsonElement.DeepEquals(first.Json, change.Json)) continue;
                throw new UnreadableInputException(change.File, change.Line, $"{change.Kind} {change.Namespace}/{change.Name} once; it stands differently at {first.File}:{first.Line}");
            }
            int place = result.FindIndex(o => IdentityOf(o) == IdentityOf(change));
            if (place < 0) result.Add(change); else result[place] = change with { Json = AppliedObject.Over(result[place].Json, change.Json) };
        }
        return new(result, IsLive, Warnings);
    }

    /// <summary>What a survey and a plan read, as far as it can be read; what cannot is a warning.</summary>
    public static async Task<Manifests> OfSurveyAsync(KubernetesApi api, string ownNamespace, ValueArray<string> configNamespaces, CancellationToken ct)
    {
        List<ManifestObject> objects = [];
        List<string> warnings = [];
        foreach (WatchTarget target in FeedScope.Looking(ownNamespace, configNamespaces).Targets()) Note(target.Path, await ListAsync(api, target, objects, ct).ConfigureAwait(false));
        foreach ((string group, string kind, string path) in ClusterSurvey.Sources()) Note(path, await ListAsync(api, path, "", group, kind, objects, ct).ConfigureAwait(false));
        return new(objects, isLive: true, warnings.ToValueArray());

        void Note(string path, ApiResult result)
        {
            if (!result.IsOk && result.Outcome != ApiOutcome.NotFound) warnings.Add($"{path} cannot be read: {result}; what stands there counts as absent");
        }
    }

    /// <summary>What one must be allowed to do for <see cref="OfClusterAsync"/> to see everything.</summary>
    public static IEnumerable<Right> RightsToLook(string ownNamespace, ValueArray<string> configNamespaces) => FeedScope.Looking(ownNamespace, configNamespaces).Targets().Select(t =>
    {
        string[] parts = t.Path.Split('/');
        return new Right("list", t.Path.StartsWith("apis/", StringComparison.Ordinal) ? parts[1] : "", parts[^1], t.Namespace);
    });

    private static (string, string, ObjectKey) IdentityOf(ManifestObject o) => (o.Group, o.Kind, new(o.Namespace ?? "", o.Name));

    private static string? NamespaceOf(ManifestObject o, string defaultNamespace, string configNamespace) => (o.Group, o.Kind) switch
    {
        ("", "Node" or "Namespace") => null,
        (ApiNames.Group or ApiNames.OwnGroup, _) or ("", "Secret") => o.Namespace ?? configNamespace,
        _ => o.Namespace ?? defaultNamespace,
    };

    /// <summary>What LbSpeaker says of itself: no plan needs it.</summary>
    private static bool IsReport(ClusterKind kind) => kind >= ClusterKind.ServiceL2Status;

    private static Task<ApiResult> ListAsync(KubernetesApi api, WatchTarget target, List<ManifestObject> into, CancellationToken ct)
    {
        // The leading controller's Lease stands beside the speakers' and has no label.
        bool isLease = target.Kind == ClusterKind.SpeakerLease;
        string selector = target.LabelSelector is { } labels && !isLease ? $"&labelSelector={Uri.EscapeDataString(labels)}" : "";
        return ListAsync(api, target.Path, selector, target.Path.StartsWith("apis/", StringComparison.Ordinal) ? target.Path.Split('/')[1] : "", isLease ? "Lease" : target.Kind.ToString(), into, ct);
    }

    /// <param name="path">A collection, or one object.</param>
    private static async Task<ApiResult> ListAsync(KubernetesApi api, string path, string selector, string group, string kind, List<ManifestObject> into, CancellationToken ct)
    {
        string next = "";
        while (true)
        {
            ApiResult page = await api.GetAsync($"{path}?limit={PageSize}{selector}{(next.Length > 0 ? $"&continue={Uri.EscapeDataString(next)}" : "")}", ct).ConfigureAwait(false);
            if (!page.IsOk) return page;
            using JsonDocument json = JsonDocument.Parse(page.Body);
            foreach (JsonElement item in ItemsOf(json.RootElement))
            {
                JsonElement meta = item.GetProperty("metadata");
                into.Add(new(api.Server.Authority, 0, group, kind, TextAt(meta, "name"), TextAt(meta, "namespace") is { Length: > 0 } ns ? ns : null, 0, item.Clone()) { IsLive = true });
            }
            next = json.RootElement.TryGetProperty("metadata", out JsonElement listMeta) ? TextAt(listMeta, "continue") : "";
            if (next.Length == 0) return page;
        }
    }

    private static IEnumerable<JsonElement> ItemsOf(JsonElement answer) =>
        !answer.TryGetProperty("items", out JsonElement items) ? [answer] : items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : Array.Empty<JsonElement>();

    private static string TextAt(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
