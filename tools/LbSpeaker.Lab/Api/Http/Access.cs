using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>Who asks. Every known user may do everything; an unknown token may do nothing.</summary>
internal sealed class Access(ApiServerOptions options)
{
    private const string Everyone = "system:admin";

    /// <exception cref="ApiException">401, for a token that is not known; 403 where there is none but one is needed.</exception>
    public string Check(HttpRequest request)
    {
        if (options.Tokens.Count == 0) return Everyone;
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return options.Tokens.TryGetValue(header["Bearer ".Length..].Trim(), out var user) ? user : throw ApiException.Unauthorized();
        var path = request.Path.Value ?? "/";
        if (path is "/version" or "/readyz" or "/livez" or "/healthz") return "system:anonymous";
        throw Forbidden(request, path);
    }

    public string? UserOf(string token) => options.Tokens.GetValueOrDefault(token);

    private static ApiException Forbidden(HttpRequest request, string path)
    {
        if (RequestPath.Parse(path.Split('/', StringSplitOptions.RemoveEmptyEntries)) is not { } resource)
            return ApiException.Forbidden($"forbidden: User \"system:anonymous\" cannot get path \"{path}\"", new JsonObject());
        var verb = request.Method switch
        {
            "GET" when resource.Name is null => request.Query["watch"].FirstOrDefault() is "true" or "1" ? "watch" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => resource.Name is null ? "deletecollection" : "delete",
            _ => "get",
        };
        var shown = resource.Group.Length == 0 ? resource.Plural : resource.Plural + "." + resource.Group;
        var named = resource.Name is null ? shown : $"{shown} \"{resource.Name}\"";
        var full = resource.Subresource is null ? resource.Plural : $"{resource.Plural}/{resource.Subresource}";
        var where = resource.Namespace is null ? "at the cluster scope" : $"in the namespace \"{resource.Namespace}\"";
        var details = new JsonObject();
        if (resource.Name is not null) details["name"] = resource.Name;
        if (resource.Group.Length > 0) details["group"] = resource.Group;
        details["kind"] = resource.Plural;
        return ApiException.Forbidden($"{named} is forbidden: User \"system:anonymous\" cannot {verb} resource \"{full}\" in API group \"{resource.Group}\" {where}", details);
    }
}
