using System.Security.Cryptography;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Sees to it that there is a Secret by which speakers know each other's heartbeats. It is made where it is missing and never changed: whoever wants another key deletes
/// it, and speakers take the new one as it comes. Its type is one that speakers read anyway.
/// </summary>
public sealed class HeartbeatSecret(KubernetesApi api, string ownNamespace, ILogger<HeartbeatSecret> log)
{
    private const int KeyLength = 32;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);

    private readonly string collection = $"api/v1/namespaces/{ownNamespace}/secrets";

    /// <summary>Looks until cancelled. Returns normally.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        string told = "";
        while (!cancellation.IsCancellationRequested)
        {
            ApiResult result;
            try
            {
                result = await api.GetAsync($"{collection}/{ApiNames.HeartbeatSecret}", cancellation).ConfigureAwait(false);
                if (result.Outcome == ApiOutcome.NotFound) result = await api.PostAsync(collection, NewSecret(), cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            // Another controller may have made it in between.
            string trouble = result.IsOk || result.Outcome == ApiOutcome.Conflict ? "" : result.ToString();
            if (trouble != told && trouble.Length > 0) log.HeartbeatSecretMissing(ApiNames.HeartbeatSecret, trouble);
            told = trouble;
            await Task.Delay(LookInterval, api.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private byte[] NewSecret() => JsonBody.Of(json =>
    {
        json.WriteString("apiVersion", "v1");
        json.WriteString("kind", "Secret");
        json.WriteStartObject("metadata");
        json.WriteString("name", ApiNames.HeartbeatSecret);
        json.WriteString("namespace", ownNamespace);
        json.WriteEndObject();
        json.WriteString("type", "kubernetes.io/basic-auth");
        json.WriteStartObject("stringData");
        json.WriteString("username", "lbspeaker");
        json.WriteString("password", Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)));
        json.WriteEndObject();
    });
}
