using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Http;
using LbSpeaker.Lab.Api.Kinds;

namespace LbSpeaker.Lab.Api.Discovery;

/// <summary>OpenAPI v3 by group and version, and the empty v2 document that old clients insist on.</summary>
internal sealed class OpenApiDocuments(ServerParts parts)
{
    // Asked for with an @, which no media type may hold and Go's parser refuses: answered with a dot.
    private const string V2Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    public async Task<bool> TryHandleAsync(HttpContext context, string[] segments)
    {
        switch (segments)
        {
            case ["openapi", "v2"]:
                // Without definitions a client skips its own validation and leaves it to the server.
                var protobuf = context.Request.Headers.Accept.ToString().Contains("protobuf", StringComparison.Ordinal);
                await Responder.BytesAsync(context, 200, protobuf ? V2Protobuf : "application/json", protobuf ? EmptyV2() : Json.Utf8(new JsonObject
                {
                    ["swagger"] = "2.0", ["info"] = Info(), ["paths"] = new JsonObject(), ["definitions"] = new JsonObject(),
                })).ConfigureAwait(false);
                return true;
            case ["openapi", "v3"]:
                await Responder.BytesAsync(context, 200, "text/plain; charset=utf-8", Json.Utf8(Index())).ConfigureAwait(false);
                return true;
            case ["openapi", "v3", "api", "v1"]:
                return await DocumentAsync(context, "", "v1").ConfigureAwait(false);
            case ["openapi", "v3", "apis", var group, var version]:
                return await DocumentAsync(context, group, version).ConfigureAwait(false);
            default:
                return false;
        }
    }

    private async Task<bool> DocumentAsync(HttpContext context, string group, string version)
    {
        var resources = parts.Kinds.All.Where(r => r.Group == group && r.Version == version).ToArray();
        if (resources.Length == 0)
        {
            context.Response.StatusCode = 404;
            return true;
        }
        await Responder.BytesAsync(context, 200, "application/json", Json.Utf8(Document(resources))).ConfigureAwait(false);
        return true;
    }

    private JsonObject Index()
    {
        var paths = new JsonObject();
        foreach (var path in parts.Kinds.All.Select(r => r.Group.Length == 0 ? "api/v1" : $"apis/{r.Group}/{r.Version}").Distinct())
        {
            var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{path} {parts.Kinds.Generation}")));
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={hash}" };
        }
        return new JsonObject { ["paths"] = paths };
    }

    private static JsonObject Info() => new() { ["title"] = "Kubernetes", ["version"] = "v1.36.2" };

    private static JsonObject Document(IEnumerable<ApiResource> resources)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        foreach (var resource in resources)
        {
            var name = SchemaName(resource);
            var root = resource.Group.Length == 0 ? "/api/v1" : $"/apis/{resource.Group}/{resource.Version}";
            var collection = resource.Namespaced ? $"{root}/namespaces/{{namespace}}/{resource.Plural}" : $"{root}/{resource.Plural}";
            paths[collection] = new JsonObject
            {
                ["get"] = Operation(resource, "list"),
                ["post"] = Operation(resource, "post", "dryRun", "fieldManager", "fieldValidation"),
            };
            paths[collection + "/{name}"] = Item(resource);
            if (resource.HasStatus) paths[collection + "/{name}/status"] = Item(resource);
            var schema = resource.SchemaDocument?.Copy() ?? resource.Shape!.OpenApi();
            schema["x-kubernetes-group-version-kind"] = new JsonArray(Kind(resource));
            schemas[name] = schema;
        }
        return new JsonObject
        {
            ["openapi"] = "3.0.0", ["info"] = Info(), ["paths"] = paths, ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private static JsonObject Item(ApiResource resource) => new()
    {
        ["get"] = Operation(resource, "get"),
        ["put"] = Operation(resource, "put", "dryRun", "fieldManager", "fieldValidation"),
        ["patch"] = Operation(resource, "patch", "dryRun", "fieldManager", "fieldValidation", "force"),
        ["delete"] = Operation(resource, "delete", "dryRun", "propagationPolicy"),
    };

    private static JsonObject Operation(ApiResource resource, string action, params string[] parameters) => new()
    {
        ["operationId"] = action + resource.Kind,
        ["parameters"] = new JsonArray([.. parameters.Select(p => new JsonObject { ["name"] = p, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = p == "force" ? "boolean" : "string" } })]),
        ["responses"] = new JsonObject
        {
            ["200"] = new JsonObject
            {
                ["description"] = "OK",
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/" + SchemaName(resource) } } },
            },
        },
        ["x-kubernetes-action"] = action,
        ["x-kubernetes-group-version-kind"] = Kind(resource),
    };

    private static JsonObject Kind(ApiResource r) => new() { ["group"] = r.Group, ["version"] = r.Version, ["kind"] = r.Kind };

    private static string SchemaName(ApiResource r) => r.Group.Length == 0
        ? "io.k8s.api.core.v1." + r.Kind
        : string.Join('.', r.Group.Split('.').Reverse()) + $".{r.Version}.{r.Kind}";

    /// <summary>swagger = "2.0" (field 1), info { title, version } (field 2), an empty paths (field 8), as the gnostic schema numbers them.</summary>
    private static byte[] EmptyV2()
    {
        static byte[] Field(int number, byte[] content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];
        return [.. Field(1, "2.0"u8.ToArray()), .. Field(2, [.. Field(1, "Kubernetes"u8.ToArray()), .. Field(2, "v1.36.2"u8.ToArray())]), .. Field(8, [])];
    }
}
