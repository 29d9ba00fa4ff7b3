using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>What somebody wants to do, as roles judge it.</summary>
/// <param name="Resource">Plural, with its subresource: <c>services/status</c>. The path where <paramref name="Group"/> is null, for what is no resource.</param>
/// <param name="Namespace">Empty for all namespaces and for what is in none.</param>
/// <param name="Name">Empty where none is named: lists, creations.</param>
internal sealed record Deed(string Verb, string? Group, string Resource, string Namespace, string Name)
{
    /// <summary>A watch or list of one name by field selector is one of that name, as for a real server.</summary>
    public static Deed Of(HttpRequest request, RequestPath? target) => Of(
        request.Method, target, request.Path.Value ?? "/", request.Query["watch"].FirstOrDefault() is "true" or "1",
        (request.Query["fieldSelector"].FirstOrDefault() ?? "").Split(',').FirstOrDefault(s => s.StartsWith("metadata.name=", StringComparison.Ordinal))?["metadata.name=".Length..].TrimStart('=') ?? "");

    /// <param name="target">Null where the path names no resource.</param>
    /// <param name="selected">The name that a field selector asks for; empty for none.</param>
    public static Deed Of(string method, RequestPath? target, string path, bool watches, string selected)
    {
        if (target is null) return new(method.ToLowerInvariant(), null, path, "", "");
        var isList = target.Name is null || target.Watch;
        var verb = method switch
        {
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => isList ? "deletecollection" : "delete",
            _ => !isList ? "get" : watches || target.Watch ? "watch" : "list",
        };
        var resource = target.Subresource is null ? target.Plural : $"{target.Plural}/{target.Subresource}";
        return new(verb, target.Group, resource, target.Namespace ?? "", target.Name ?? (verb is "list" or "watch" ? selected : ""));
    }
}

/// <summary>One rule of a role.</summary>
/// <param name="Namespace">Where it holds; null for everywhere.</param>
internal sealed record PolicyRule(
    string? Namespace, IReadOnlyList<string> Groups, IReadOnlyList<string> Resources, IReadOnlyList<string> Names, IReadOnlyList<string> Verbs, IReadOnlyList<string> Urls)
{
    public static IEnumerable<PolicyRule> Of(JsonObject role, string? ns) => role.Objects("rules").Select(rule => new PolicyRule(
        ns, rule.Strings("apiGroups"), rule.Strings("resources"), rule.Strings("resourceNames"), rule.Strings("verbs"), rule.Strings("nonResourceURLs")));

    public bool Allows(Deed deed)
    {
        if (!Has(Verbs, deed.Verb)) return false;
        if (deed.Group is null) return Urls.Any(u => u == deed.Resource || (u.EndsWith('*') && deed.Resource.StartsWith(u[..^1], StringComparison.Ordinal)));
        if (Namespace is not null && Namespace != deed.Namespace) return false;
        var slash = deed.Resource.IndexOf('/', StringComparison.Ordinal);
        return Has(Groups, deed.Group) && (Has(Resources, deed.Resource) || (slash > 0 && Resources.Contains("*" + deed.Resource[slash..]))) && (Names.Count == 0 || Names.Contains(deed.Name));
    }

    private static bool Has(IReadOnlyList<string> list, string item) => list.Contains(item) || list.Contains("*");
}

/// <summary>
/// Role-based access control. Service accounts (users named <c>system:serviceaccount:NAMESPACE:NAME</c>) may do what the roles bound to them allow, and what every
/// real cluster lets everybody do: ask what there is and who they are. Whoever else is let in is an administrator.
/// </summary>
internal sealed class Authorizer(ServerParts parts)
{
    private const string Rbac = "rbac.authorization.k8s.io", Account = "system:serviceaccount:";

    private static readonly string[] OpenToAll = ["/api", "/apis", "/openapi", "/version", "/healthz", "/livez", "/readyz"];

    /// <summary>The groups that a user is in by its name.</summary>
    public IReadOnlyList<string> GroupsOf(string user) => IsJudged(user)
        ? ["system:serviceaccounts", "system:serviceaccounts:" + user.Split(':')[2], "system:authenticated"]
        : ["system:masters", "system:authenticated"];

    public bool Allows(string user, Deed deed) =>
        !IsJudged(user) || IsOpen(deed) || RulesOf(user).Any(rule => rule.Allows(deed));

    /// <summary>Whether roles say what the user may do.</summary>
    public bool IsJudged(string user) => parts.Options.Rbac && user.StartsWith(Account, StringComparison.Ordinal) && user.Split(':').Length == 4;

    private static bool IsOpen(Deed deed) => deed.Group is null
        ? deed.Verb == "get" && OpenToAll.Any(p => deed.Resource == p || deed.Resource.StartsWith(p + "/", StringComparison.Ordinal))
        : deed is { Verb: "create", Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews" or "selfsubjectrulesreviews" } or { Verb: "create", Group: "authentication.k8s.io", Resource: "selfsubjectreviews" };

    /// <summary>All that is bound to a user, by cluster-wide bindings first. A binding to a role that is not there binds nothing.</summary>
    public IEnumerable<PolicyRule> RulesOf(string user) => Bound("clusterrolebindings", user).Concat(Bound("rolebindings", user));

    private IEnumerable<PolicyRule> Bound(string bindings, string user)
    {
        var groups = GroupsOf(user);
        foreach (var binding in parts.Store.Read(parts.Kinds.Require(Rbac, bindings).Storage).In(null).Select(o => o.Parse()))
        {
            var ns = binding.Object("metadata")!.Text("namespace");
            if (!binding.Objects("subjects").Any(s => Names(s, ns, user, groups)) || binding.Object("roleRef") is not { } reference) continue;
            var isCluster = reference.Text("kind") == "ClusterRole";
            var role = parts.Store.Read(parts.Kinds.Require(Rbac, isCluster ? "clusterroles" : "roles").Storage).Find(isCluster ? "" : ns ?? "", reference.Text("name") ?? "");
            foreach (var rule in role is null ? [] : PolicyRule.Of(role.Parse(), ns)) yield return rule;
        }
    }

    private static bool Names(JsonObject subject, string? ns, string user, IReadOnlyList<string> groups) => subject.Text("kind") switch
    {
        "ServiceAccount" => user == $"{Account}{subject.Text("namespace") ?? ns}:{subject.Text("name")}",
        "User" => user == subject.Text("name"),
        "Group" => groups.Contains(subject.Text("name")),
        _ => false,
    };
}
