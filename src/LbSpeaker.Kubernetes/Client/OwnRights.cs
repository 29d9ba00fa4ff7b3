using System.Text.Json;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>Something that somebody may or may not do.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Namespace">Empty for all.</param>
public sealed record Right(string Verb, string Group, string Resource, string Namespace)
{
    public override string ToString() => $"{Verb} {Resource}{(Group.Length > 0 ? $".{Group}" : "")}{(Namespace.Length > 0 ? $" in {Namespace}" : "")}";
}

/// <summary>Asks the API server what whoever is logged in may do (SelfSubjectAccessReview).</summary>
public static class OwnRights
{
    /// <returns>True or false; null where the server does not say.</returns>
    public static async Task<bool?> IsAllowedAsync(KubernetesApi api, Right right, CancellationToken ct)
    {
        byte[] body = JsonBody.Of(json =>
        {
            json.WriteString("apiVersion", "authorization.k8s.io/v1");
            json.WriteString("kind", "SelfSubjectAccessReview");
            json.WriteStartObject("spec");
            json.WriteStartObject("resourceAttributes");
            json.WriteString("verb", right.Verb);
            json.WriteString("group", right.Group);
            json.WriteString("resource", right.Resource);
            if (right.Namespace.Length > 0) json.WriteString("namespace", right.Namespace);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        ApiResult answer = await api.PostAsync("apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body, ct).ConfigureAwait(false);
        if (!answer.IsOk) return null;
        using JsonDocument json = JsonDocument.Parse(answer.Body);
        return json.RootElement.TryGetProperty("status", out JsonElement status) && status.TryGetProperty("allowed", out JsonElement allowed) && allowed.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? allowed.GetBoolean()
            : null;
    }
}
