using System.Text.Json;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>What the API server says to somebody who wants to read something of ours.</summary>
public enum AccessVerdict
{
    Allowed,
    /// <summary>It does not know the token.</summary>
    Unknown,
    /// <summary>It knows whose token this is, and that one may not.</summary>
    Forbidden,
    /// <summary>It does not say.</summary>
    Undecided,
}

/// <param name="Detail">In words for people: who it is that may not, or why there is no answer; empty otherwise.</param>
public sealed record AccessReview(AccessVerdict Verdict, string Detail);

/// <summary>
/// Asks the API server whose a token is (TokenReview), and whether that one may get a path that is no resource (SubjectAccessReview): a ClusterRole with
/// <c>nonResourceURLs</c> lets somebody in, as with every component of Kubernetes that serves metrics.
/// </summary>
public sealed class AccessReviews(KubernetesApi api)
{
    /// <returns>Never throws but for the cancellation.</returns>
    public async Task<AccessReview> ReviewAsync(string token, string path, CancellationToken cancellation)
    {
        ApiResult found = await api.AskAsync("apis/authentication.k8s.io/v1/tokenreviews", Body("authentication.k8s.io/v1", "TokenReview", spec => spec.WriteString("token", token)), cancellation).ConfigureAwait(false);
        if (Status(found, out string? fault) is not { } identity) return new(AccessVerdict.Undecided, fault!);
        if (!IsTrue(identity, "authenticated")) return new(AccessVerdict.Unknown, "");
        if (!identity.TryGetProperty("user", out JsonElement user) || user.ValueKind != JsonValueKind.Object) return new(AccessVerdict.Undecided, "the TokenReview names no user");

        ApiResult judged = await api.AskAsync("apis/authorization.k8s.io/v1/subjectaccessreviews", Body("authorization.k8s.io/v1", "SubjectAccessReview", spec =>
        {
            // As the server has said it: its "username" is "user" here.
            Copy(user, "username", spec, "user");
            foreach (string same in (string[])["uid", "groups", "extra"]) Copy(user, same, spec, same);
            spec.WriteStartObject("nonResourceAttributes");
            spec.WriteString("path", path);
            spec.WriteString("verb", "get");
            spec.WriteEndObject();
        }), cancellation).ConfigureAwait(false);
        if (Status(judged, out fault) is not { } access) return new(AccessVerdict.Undecided, fault!);
        string name = user.TryGetProperty("username", out JsonElement username) ? username.ToString() : "";
        return IsTrue(access, "allowed") ? new(AccessVerdict.Allowed, "") : new(AccessVerdict.Forbidden, name);
    }

    private static byte[] Body(string version, string kind, Action<Utf8JsonWriter> spec) => JsonBody.Of(json =>
    {
        json.WriteString("apiVersion", version);
        json.WriteString("kind", kind);
        json.WriteStartObject("spec");
        spec(json);
        json.WriteEndObject();
    });

    /// <param name="fault">Why there is none.</param>
    private static JsonElement? Status(ApiResult result, out string? fault)
    {
        fault = result.IsOk ? "the answer is no review" : result.ToString();
        if (!result.IsOk) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(result.Body);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("status", out JsonElement status) && status.ValueKind == JsonValueKind.Object ? status.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsTrue(JsonElement from, string name) => from.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;

    private static void Copy(JsonElement from, string name, Utf8JsonWriter to, string underName)
    {
        if (!from.TryGetProperty(name, out JsonElement value)) return;
        to.WritePropertyName(underName);
        value.WriteTo(to);
    }
}
