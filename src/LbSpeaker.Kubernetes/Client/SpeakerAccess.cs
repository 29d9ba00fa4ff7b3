using System.Text.Json;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>A speaker that serves.</summary>
/// <param name="Node">Empty where it is not known.</param>
/// <param name="Address">A host and a port, as they stand in a URL.</param>
public sealed record SpeakerPlace(string Node, string Address)
{
    public override string ToString() => Node.Length > 0 ? $"the speaker of {Node} ({Address})" : $"the speaker at {Address}";
}

/// <summary>For a person at a command line who wants to ask speakers: where they are, and a token for them.</summary>
public sealed class SpeakerAccess(KubernetesApi api, string ownNamespace)
{
    /// <summary>The service account whose token speakers are shown. It may read their packets and nothing else.</summary>
    public const string Account = "lbspeaker-trace";

    private const string Selector = "app.kubernetes.io/name=lbspeaker,app.kubernetes.io/component=speaker", PortName = "metrics";

    /// <summary>In order of their nodes; a pod without an address or a port for metrics is none.</summary>
    /// <returns>The failure where the API server does not say.</returns>
    public async Task<(ApiResult Result, IReadOnlyList<SpeakerPlace> Speakers)> FindAsync(CancellationToken ct)
    {
        ApiResult answer = await api.GetAsync($"api/v1/namespaces/{Uri.EscapeDataString(ownNamespace)}/pods?labelSelector={Uri.EscapeDataString(Selector)}", ct).ConfigureAwait(false);
        if (!answer.IsOk) return (answer, []);
        using JsonDocument json = JsonDocument.Parse(answer.Body);
        return (answer, [.. json.RootElement.GetProperty("items").EnumerateArray().Select(Place).OfType<SpeakerPlace>().OrderBy(s => s.Node, StringComparer.Ordinal)]);
    }

    /// <summary>A token of <see cref="Account"/> that is good for ten minutes, the shortest that there is.</summary>
    /// <returns>The failure where there is none.</returns>
    public async Task<(ApiResult Result, string? Token)> TokenAsync(CancellationToken ct)
    {
        byte[] body = JsonBody.Of(json =>
        {
            json.WriteString("apiVersion", "authentication.k8s.io/v1");
            json.WriteString("kind", "TokenRequest");
            json.WriteStartObject("spec");
            json.WriteNumber("expirationSeconds", 600);
            json.WriteEndObject();
        });
        ApiResult answer = await api.PostAsync($"api/v1/namespaces/{Uri.EscapeDataString(ownNamespace)}/serviceaccounts/{Account}/token", body, ct).ConfigureAwait(false);
        if (!answer.IsOk) return (answer, null);
        using JsonDocument json = JsonDocument.Parse(answer.Body);
        return (answer, json.RootElement.GetProperty("status").GetProperty("token").GetString());
    }

    private static SpeakerPlace? Place(JsonElement pod)
    {
        if (!pod.TryGetProperty("spec", out JsonElement spec) || !spec.TryGetProperty("nodeName", out JsonElement node) || !spec.TryGetProperty("containers", out JsonElement containers)
            || !pod.TryGetProperty("status", out JsonElement status) || !status.TryGetProperty("podIP", out JsonElement ip) || ip.GetString() is not { Length: > 0 } address) return null;
        foreach (JsonElement container in containers.EnumerateArray())
            if (container.TryGetProperty("ports", out JsonElement ports))
                foreach (JsonElement port in ports.EnumerateArray())
                    if (port.TryGetProperty("name", out JsonElement name) && name.GetString() == PortName)
                        return new(node.GetString()!, address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port.GetProperty("containerPort")}" : $"{address}:{port.GetProperty("containerPort")}");
        return null;
    }
}
