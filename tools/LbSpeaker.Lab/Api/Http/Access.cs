using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>Who asks, by the token, and whether that may be done.</summary>
internal sealed class Access(ApiServerOptions options, Authorizer authorizer)
{
    private const string Everyone = "system:admin", Nobody = "system:anonymous";

    /// <returns>The user.</returns>
    /// <exception cref="ApiException">401, for a token that is not known; 403 where there is none but one is needed, and where the user may not do this.</exception>
    public string Check(HttpRequest request, RequestPath? target)
    {
        if (options.Tokens.Count == 0) return Everyone;
        var header = request.Headers.Authorization.ToString();
        var deed = Deed.Of(request, target);
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            var user = UserOf(header["Bearer ".Length..].Trim()) ?? throw ApiException.Unauthorized();
            return authorizer.Allows(user, deed) ? user : throw Forbidden(user, deed);
        }
        return deed.Resource is "/version" or "/readyz" or "/livez" or "/healthz" ? Nobody : throw Forbidden(Nobody, deed);
    }

    public string? UserOf(string token) => options.Tokens.GetValueOrDefault(token);

    private static ApiException Forbidden(string user, Deed deed)
    {
        if (deed.Group is null) return ApiException.Forbidden($"forbidden: User \"{user}\" cannot {deed.Verb} path \"{deed.Resource}\"", new JsonObject());
        var plural = deed.Resource.Split('/')[0];
        var shown = deed.Group.Length == 0 ? plural : plural + "." + deed.Group;
        var named = deed.Name.Length == 0 ? shown : $"{shown} \"{deed.Name}\"";
        var where = deed.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{deed.Namespace}\"";
        var details = new JsonObject();
        if (deed.Name.Length > 0) details["name"] = deed.Name;
        if (deed.Group.Length > 0) details["group"] = deed.Group;
        details["kind"] = plural;
        return ApiException.Forbidden($"{named} is forbidden: User \"{user}\" cannot {deed.Verb} resource \"{deed.Resource}\" in API group \"{deed.Group}\" {where}", details);
    }
}
