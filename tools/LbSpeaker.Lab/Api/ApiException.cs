using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Kinds;
using LbSpeaker.Lab.Api.Schema;

namespace LbSpeaker.Lab.Api;

/// <summary>A refusal: what the client gets as a Status object.</summary>
internal sealed class ApiException(JsonObject status, int? retryAfterSeconds = null) : Exception(status.Text("message"))
{
    public JsonObject Status => status;
    public int Code => (int)(status.Number("code") ?? 500);
    public int? RetryAfterSeconds => retryAfterSeconds;
    public List<string> Warnings { get; } = [];

    private static ApiException Failure(int code, string reason, string message, JsonObject? details = null)
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = message,
        };
        if (reason.Length > 0) status["reason"] = reason;
        if (details is not null) status["details"] = details;
        status["code"] = code;
        return new ApiException(status);
    }

    private static JsonObject Details(string? name, string group, string kind)
    {
        var details = new JsonObject();
        if (!string.IsNullOrEmpty(name)) details["name"] = name;
        if (group.Length > 0) details["group"] = group;
        if (kind.Length > 0) details["kind"] = kind;
        return details;
    }

    public static ApiException NotFound(ApiResource r, string name) =>
        Failure(404, "NotFound", $"{r.QualifiedPlural} \"{name}\" not found", Details(name, r.Group, r.Plural));

    public static ApiException NoSuchResource() =>
        Failure(404, "NotFound", "the server could not find the requested resource", new JsonObject());

    public static ApiException AlreadyExists(ApiResource r, string name, bool deleting) => Failure(409, "AlreadyExists",
        $"{(deleting ? "object is being deleted: " : "")}{r.QualifiedPlural} \"{name}\" already exists", Details(name, r.Group, r.Plural));

    public static ApiException Modified(ApiResource r, string name) => Conflict(r, name,
        "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Conflict(ApiResource r, string name, string why) =>
        Failure(409, "Conflict", $"Operation cannot be fulfilled on {r.QualifiedPlural} \"{name}\": {why}", Details(name, r.Group, r.Plural));

    /// <summary>A failed precondition of a deletion names the kind, not the plural.</summary>
    public static ApiException DeleteConflict(ApiResource r, string name, string why)
    {
        var kind = r.Group.Length == 0 ? r.Kind : r.Kind + "." + r.Group;
        return Failure(409, "Conflict", $"Operation cannot be fulfilled on {kind} \"{name}\": {why}", Details(name, r.Group, r.Kind));
    }

    public static ApiException ApplyConflict(string summary, IEnumerable<(string Reason, string Message, string Field)> causes) =>
        Failure(409, "Conflict", summary, new JsonObject { ["causes"] = Causes(causes) });

    public static ApiException BadRequest(string message) => Failure(400, "BadRequest", message);

    public static ApiException Forbidden(string message, JsonObject? details = null) => Failure(403, "Forbidden", message, details);

    public static ApiException Forbidden(ApiResource r, string name, string why) =>
        Failure(403, "Forbidden", $"{r.QualifiedPlural} \"{name}\" is forbidden: {why}", Details(name, r.Group, r.Plural));

    public static ApiException Unauthorized() => Failure(401, "Unauthorized", "Unauthorized");

    public static ApiException MethodNotAllowed() =>
        Failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", new JsonObject());

    public static ApiException NotAcceptable(string message, bool withDetails = false) =>
        Failure(406, "NotAcceptable", message, withDetails ? new JsonObject() : null);

    public static ApiException UnsupportedMediaType(string message, bool withDetails = false) =>
        Failure(415, "UnsupportedMediaType", message, withDetails ? new JsonObject() : null);

    public static ApiException Unprocessable() => Failure(422, "Invalid", "the server rejected our request due to an error in our request", new JsonObject());

    public static ApiException Internal(string message) => Failure(500, "", message);

    public static ApiException Expired(string message) => Failure(410, "Expired", message);

    public static ApiException ExpiredContinue(string token)
    {
        var failure = Failure(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.");
        failure.Status["metadata"] = new JsonObject { ["continue"] = token };
        return failure;
    }

    public static ApiException TooLargeRevision(long asked, long current)
    {
        var failure = Failure(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}", new JsonObject
        {
            ["causes"] = Causes([("ResourceVersionTooLarge", "Too large resource version", "")]),
            ["retryAfterSeconds"] = 1,
        });
        return new ApiException(failure.Status, 1);
    }

    /// <summary>An answer that a test asked for.</summary>
    public static ApiException Fault(int code, int? retryAfterSeconds)
    {
        var (reason, message) = code switch
        {
            409 => ("Conflict", "the object has been modified; please apply your changes to the latest version and try again"),
            429 => ("TooManyRequests", "The apiserver is currently overloaded, please try again later."),
            503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
            504 => ("Timeout", "the server was unable to return a response in the time allotted, but may still be processing the request"),
            401 => ("Unauthorized", "Unauthorized"),
            403 => ("Forbidden", "forbidden"),
            404 => ("NotFound", "the server could not find the requested resource"),
            410 => ("Expired", "too old resource version"),
            _ => ("InternalError", "an error on the server has prevented the request from succeeding"),
        };
        var details = retryAfterSeconds is { } seconds ? new JsonObject { ["retryAfterSeconds"] = seconds } : null;
        return new ApiException(Failure(code, reason, message, details).Status, retryAfterSeconds);
    }

    public static ApiException Invalid(ApiResource r, string? name, IReadOnlyList<FieldError> errors) =>
        Invalid(r.Kind, r is { IsCustom: false, IsStorageShape: false } ? "" : r.Group, name, errors);

    /// <summary>As the registry (not the kind's own validation) says it, with the plural.</summary>
    public static ApiException InvalidUpdate(ApiResource r, string name) => InvalidAs(r.QualifiedPlural, r.Plural, r.Group, name,
        [new FieldError("FieldValueInvalid", "metadata.resourceVersion", "Invalid value: 0: must be specified for an update")]);

    public static ApiException InvalidOptions(string kind, FieldError error, params FieldError[] more) => Invalid(kind, "meta.k8s.io", "", [error, .. more]);

    public static ApiException Invalid(string kind, string group, string? name, IReadOnlyList<FieldError> errors) =>
        InvalidAs(group.Length == 0 ? kind : kind + "." + group, kind, group, name, errors);

    private static ApiException InvalidAs(string shown, string kind, string group, string? name, IReadOnlyList<FieldError> errors)
    {
        var texts = errors.Select(e => $"{e.Field}: {e.Message}").ToArray();
        var details = Details(name, group, kind);
        details["causes"] = Causes(errors.Select(e => (e.Reason, e.Message, e.Field)));
        return Failure(422, "Invalid", $"{shown} \"{name}\" is invalid: {(texts.Length == 1 ? texts[0] : "[" + string.Join(", ", texts) + "]")}", details);
    }

    private static JsonArray Causes(IEnumerable<(string Reason, string Message, string Field)> causes)
    {
        var result = new JsonArray();
        foreach (var (reason, message, field) in causes)
        {
            var cause = new JsonObject { ["reason"] = reason, ["message"] = message };
            if (field.Length > 0) cause["field"] = field;
            result.Add((JsonNode)cause);
        }
        return result;
    }
}
