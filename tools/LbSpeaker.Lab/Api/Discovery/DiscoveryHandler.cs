using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Http;
using LbSpeaker.Lab.Api.Kinds;
using Microsoft.Net.Http.Headers;

namespace LbSpeaker.Lab.Api.Discovery;

/// <summary>What is served: /version, health, legacy and aggregated discovery, OpenAPI.</summary>
internal sealed class DiscoveryHandler(ServerParts parts)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private readonly OpenApiDocuments _openApi = new(parts);

    public async Task<bool> TryHandleAsync(HttpContext context, string path, string[] segments)
    {
        var text = path switch
        {
            "/readyz" or "/livez" or "/healthz" => context.Request.Query.ContainsKey("verbose") ? $"[+]ping ok\n{path[1..]} check passed\n" : "ok",
            "/readyz/ping" or "/livez/ping" or "/healthz/ping" => "ok",
            _ => null,
        };
        if (text is not null)
        {
            await Responder.TextAsync(context, 200, text).ConfigureAwait(false);
            return true;
        }
        if (segments is ["openapi", ..]) return await _openApi.TryHandleAsync(context, segments).ConfigureAwait(false);
        var answer = segments switch
        {
            ["version"] => Version(),
            ["api"] or ["apis"] when WantsAggregated(context.Request) => Groups(core: segments[0] == "api"),
            ["api"] => ApiVersions(context),
            ["apis"] => GroupList(),
            ["api", "v1"] => ResourceList("", "v1"),
            ["apis", var group] => parts.Kinds.All.Any(r => r.Group == group) || Reviews.IsGroupVersion(group, "v1") ? Group(group, standalone: true) : null,
            ["apis", var group, var version] when parts.Kinds.HasGroupVersion(group, version) => ResourceList(group, version),
            _ => null,
        };
        if (answer is null) return false;
        var type = answer.Text("kind") == "APIGroupDiscoveryList" ? Aggregated : "application/json";
        await Responder.BytesAsync(context, 200, type, Json.Utf8(answer)).ConfigureAwait(false);
        return true;
    }

    private static bool WantsAggregated(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var ranges) && ranges.Any(r =>
            Accepted.Parameter(r, "as") == "APIGroupDiscoveryList" && Accepted.Parameter(r, "v") == "v2" && Accepted.Parameter(r, "g") == "apidiscovery.k8s.io");

    private static JsonObject Version() => new()
    {
        ["major"] = "1", ["minor"] = "36", ["gitVersion"] = "v1.36.2+lbspeaker-lab", ["gitCommit"] = "", ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z", ["goVersion"] = "", ["compiler"] = "", ["platform"] = "linux/amd64",
    };

    private static JsonObject ApiVersions(HttpContext context) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = Json.Array(["v1"]),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = context.Request.Host.Value }),
    };

    private IEnumerable<string> GroupNames() => parts.Kinds.All.Select(r => r.Group).Concat(Reviews.All.Select(r => r.Group)).Where(g => g.Length > 0).Distinct();

    private string[] Versions(string group)
    {
        var versions = parts.Kinds.All.Where(r => r.Group == group).Select(r => r.Version).Distinct().ToArray();
        return versions.Length == 0 ? ["v1"] : [.. versions.OrderDescending(VersionOrder.Instance)];
    }

    private JsonObject GroupList() => new() { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. GroupNames().Select(g => Group(g, standalone: false))]) };

    private JsonObject Group(string name, bool standalone)
    {
        JsonObject Entry(string version) => new() { ["groupVersion"] = $"{name}/{version}", ["version"] = version };
        var versions = Versions(name);
        var group = new JsonObject();
        if (standalone) (group["kind"], group["apiVersion"]) = ("APIGroup", "v1");
        group["name"] = name;
        group["versions"] = new JsonArray([.. versions.Select(Entry)]);
        group["preferredVersion"] = Entry(versions[0]);
        return group;
    }

    private JsonObject ResourceList(string group, string version)
    {
        var resources = new JsonArray();
        foreach (var r in parts.Kinds.All.Where(r => r.Group == group && r.Version == version).OrderBy(r => r.Plural, StringComparer.Ordinal))
        {
            var entry = new JsonObject { ["name"] = r.Plural, ["singularName"] = r.Singular, ["namespaced"] = r.Namespaced, ["kind"] = r.Kind, ["verbs"] = Json.Array(r.Verbs) };
            if (r.ShortNames.Count > 0) entry["shortNames"] = Json.Array(r.ShortNames);
            if (r.Categories.Count > 0) entry["categories"] = Json.Array(r.Categories);
            resources.Add((JsonNode)entry);
            if (r.HasStatus)
                resources.Add((JsonNode)new JsonObject { ["name"] = r.Plural + "/status", ["singularName"] = "", ["namespaced"] = r.Namespaced, ["kind"] = r.Kind, ["verbs"] = Json.Array(["get", "patch", "update"]) });
        }
        foreach (var review in Reviews.All.Where(r => r.Group == group && version == "v1"))
            resources.Add((JsonNode)new JsonObject { ["name"] = review.Plural, ["singularName"] = review.Kind.ToLowerInvariant(), ["namespaced"] = review.Namespaced, ["kind"] = review.Kind, ["verbs"] = Json.Array(["create"]) });
        var list = new JsonObject { ["kind"] = "APIResourceList" };
        if (group.Length > 0) list["apiVersion"] = "v1";
        list["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}";
        list["resources"] = resources;
        return list;
    }

    private JsonObject Groups(bool core)
    {
        var groups = core ? [""] : GroupNames();
        return new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = "apidiscovery.k8s.io/v2",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray([.. groups.Select(g => new JsonObject
            {
                ["metadata"] = g.Length == 0 ? new JsonObject() : new JsonObject { ["name"] = g },
                ["versions"] = new JsonArray([.. Versions(g).Select(v => new JsonObject { ["version"] = v, ["resources"] = Discovered(g, v), ["freshness"] = "Current" })]),
            })]),
        };
    }

    private JsonArray Discovered(string group, string version)
    {
        var result = new JsonArray();
        foreach (var r in parts.Kinds.All.Where(r => r.Group == group && r.Version == version).OrderBy(r => r.Plural, StringComparer.Ordinal))
        {
            JsonObject ResponseKind() => r.IsCustom
                ? new() { ["group"] = r.Group, ["version"] = r.Version, ["kind"] = r.Kind }
                : new() { ["group"] = "", ["version"] = "", ["kind"] = r.Kind };
            var entry = new JsonObject
            {
                ["resource"] = r.Plural, ["responseKind"] = ResponseKind(), ["scope"] = r.Namespaced ? "Namespaced" : "Cluster", ["singularResource"] = r.Singular, ["verbs"] = Json.Array(r.Verbs),
            };
            if (r.ShortNames.Count > 0) entry["shortNames"] = Json.Array(r.ShortNames);
            if (r.Categories.Count > 0) entry["categories"] = Json.Array(r.Categories);
            if (r.HasStatus)
                entry["subresources"] = new JsonArray(new JsonObject { ["subresource"] = "status", ["responseKind"] = ResponseKind(), ["verbs"] = Json.Array(["get", "patch", "update"]) });
            result.Add((JsonNode)entry);
        }
        foreach (var review in Reviews.All.Where(r => r.Group == group && version == "v1"))
            result.Add((JsonNode)new JsonObject
            {
                ["resource"] = review.Plural, ["responseKind"] = new JsonObject { ["group"] = "", ["version"] = "", ["kind"] = review.Kind },
                ["scope"] = review.Namespaced ? "Namespaced" : "Cluster", ["singularResource"] = review.Kind.ToLowerInvariant(), ["verbs"] = Json.Array(["create"]),
            });
        return result;
    }
}

/// <summary>Kubernetes' order of versions: v2, v1, v1beta2, v1beta1, v1alpha1.</summary>
internal sealed class VersionOrder : IComparer<string>
{
    public static VersionOrder Instance { get; } = new();

    public int Compare(string? x, string? y) => Rank(x ?? "").CompareTo(Rank(y ?? ""));

    private static (int Stage, int Major, int Minor, string Text) Rank(string version)
    {
        var digits = version.Length > 1 && version[0] == 'v' ? version.AsSpan(1) : default;
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        if (!int.TryParse(end < 0 ? digits : digits[..end], out var major)) return (-1, 0, 0, version);
        if (end < 0) return (2, major, 0, version);
        var rest = digits[end..].ToString();
        var stage = rest.StartsWith("beta", StringComparison.Ordinal) ? 1 : rest.StartsWith("alpha", StringComparison.Ordinal) ? 0 : -1;
        return int.TryParse(rest.AsSpan(stage == 1 ? 4 : Math.Min(5, rest.Length)), out var minor) && stage >= 0 ? (stage, major, minor, version) : (-1, 0, 0, version);
    }
}
