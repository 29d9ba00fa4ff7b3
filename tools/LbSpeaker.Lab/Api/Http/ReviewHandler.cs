using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>Reviews, answered as this server decides.</summary>
internal sealed class ReviewHandler(ServerParts parts, Access access, Authorizer authorizer)
{
    public async Task AnswerAsync(HttpContext context, Review review, string user)
    {
        if (context.Request.Method != "POST") throw ApiException.MethodNotAllowed();
        var accepted = Accepted.Read(context.Request);
        var bytes = await Body.ReadAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        var type = (context.Request.ContentType ?? "").Split(';')[0].Trim();
        var body = type == ProtobufBody.MediaType ? ProtobufBody.Read(bytes) : Body.Json(bytes) as JsonObject
            ?? throw ApiException.BadRequest($"the object provided is unrecognized (must be of type {review.Kind})");
        var spec = body.Object("spec") ?? new JsonObject();
        var answer = new JsonObject { ["kind"] = review.Kind, ["apiVersion"] = review.Group + "/v1", ["metadata"] = new JsonObject() };
        if (review.Kind != "SelfSubjectReview") answer["spec"] = spec.Copy();
        answer["status"] = review.Kind switch
        {
            "TokenReview" => Token(spec.Text("token") ?? ""),
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = User(user) },
            "SelfSubjectRulesReview" => Rules(user),
            _ => Allowed(review, spec, user),
        };
        await Responder.NodeAsync(context, accepted, 201, answer).ConfigureAwait(false);
    }

    private JsonObject Token(string token)
    {
        var user = parts.Options.Tokens.Count == 0 ? null : access.UserOf(token);
        return user is null
            ? new JsonObject { ["user"] = new JsonObject(), ["error"] = "invalid bearer token" }
            : new JsonObject { ["authenticated"] = true, ["user"] = User(user) };
    }

    private JsonObject User(string user) => new() { ["username"] = user, ["groups"] = Json.Array(authorizer.GroupsOf(user)) };

    private JsonObject Allowed(Review review, JsonObject spec, string asker)
    {
        var errors = new List<FieldError>();
        if (spec["resourceAttributes"] is null == spec["nonResourceAttributes"] is null)
            errors.Add(Errors.InvalidJson("spec.resourceAttributes", null, "exactly one of nonResourceAttributes or resourceAttributes must be specified"));
        if (review.Kind != "SelfSubjectAccessReview" && spec.Text("user") is null or "" && spec["groups"] is not JsonArray { Count: > 0 })
            errors.Add(Errors.Invalid("spec.user", "", "at least one of user or group must be specified"));
        if (errors.Count > 0) throw ApiException.Invalid("", review.Group, "", errors);
        var user = review.Kind == "SelfSubjectAccessReview" ? asker : spec.Text("user") ?? "";
        return authorizer.Allows(user, DeedOf(spec))
            ? new JsonObject { ["allowed"] = true, ["reason"] = authorizer.IsJudged(user) ? "a role allows it" : "this server has no roles for the user: whoever is let in may do everything" }
            : new JsonObject { ["allowed"] = false, ["reason"] = "no role bound to the user allows it" };
    }

    private static Deed DeedOf(JsonObject spec)
    {
        if (spec.Object("nonResourceAttributes") is { } path) return new(path.Text("verb") ?? "", null, path.Text("path") ?? "", "", "");
        var of = spec.Object("resourceAttributes")!;
        var resource = of.Text("resource") ?? "";
        return new(of.Text("verb") ?? "", of.Text("group") ?? "", of.Text("subresource") is { Length: > 0 } sub ? $"{resource}/{sub}" : resource, of.Text("namespace") ?? "", of.Text("name") ?? "");
    }

    private JsonObject Rules(string user) => authorizer.IsJudged(user) ? Listed([.. authorizer.RulesOf(user)]) : Everything();

    private static JsonObject Listed(IReadOnlyList<PolicyRule> rules) => new()
    {
        ["resourceRules"] = new JsonArray([.. rules.Where(r => r.Resources.Count > 0).Select(r => (JsonNode)new JsonObject
        {
            ["verbs"] = Json.Array(r.Verbs), ["apiGroups"] = Json.Array(r.Groups), ["resources"] = Json.Array(r.Resources), ["resourceNames"] = Json.Array(r.Names),
        })]),
        ["nonResourceRules"] = new JsonArray([.. rules.Where(r => r.Urls.Count > 0).Select(r => (JsonNode)new JsonObject { ["verbs"] = Json.Array(r.Verbs), ["nonResourceURLs"] = Json.Array(r.Urls) })]),
        ["incomplete"] = false,
    };

    private static JsonObject Everything() => new()
    {
        ["resourceRules"] = new JsonArray(new JsonObject { ["verbs"] = Json.Array(["*"]), ["apiGroups"] = Json.Array(["*"]), ["resources"] = Json.Array(["*"]) }),
        ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = Json.Array(["*"]), ["nonResourceURLs"] = Json.Array(["*"]) }),
        ["incomplete"] = false,
    };
}
