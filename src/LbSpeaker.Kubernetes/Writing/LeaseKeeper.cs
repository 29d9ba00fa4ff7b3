using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Says by a Lease of its own that the speaker on a node lives. Nobody competes for it, so it is written without a precondition: a restarted
/// speaker takes its predecessor's over at once.
/// </summary>
/// <param name="identity">holderIdentity, such as the Pod's name; not empty, since empty means given back.</param>
/// <param name="duration">Whole seconds, at least 1: for so long others wait for the next renewal; renewed every third of it.</param>
public sealed class LeaseKeeper(KubernetesApi api, string ownNamespace, string node, string identity, TimeSpan duration, ILogger<LeaseKeeper> log)
{
    /// <summary>Leaving must not take longer than a Pod's grace period.</summary>
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(1);

    private readonly string collection = $"apis/coordination.k8s.io/v1/namespaces/{ownNamespace}/leases";

    public string Name { get; } = ApiNames.SpeakerLeasePrefix + node;

    /// <summary>
    /// Renews until cancelled and then gives the Lease back, so that others act at once; that is why this comes first when a speaker stops.
    /// Returns normally.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        bool failing = false;
        while (!cancellation.IsCancellationRequested)
        {
            ApiResult result = await RenewAsync().ConfigureAwait(false);
            if (!result.IsOk && !failing) log.LeaseNotRenewed(Name, result.ToString());
            failing = !result.IsOk;
            // After a failure sooner, but never in a storm: all speakers of the cluster would be asking.
            await Task.Delay(result.IsOk ? duration / 3 : duration / 6, api.Time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await ReleaseAsync().ConfigureAwait(false);
    }

    /// <summary>Not cut off when the speaker stops: a renewal that arrives after the Lease was given back would bring it to life again.</summary>
    private async Task<ApiResult> RenewAsync()
    {
        // A renewal that hangs for the whole duration is worth less than the next attempt.
        using CancellationTokenSource timeout = new(duration / 2, api.Time);
        try
        {
            DateTimeOffset now = api.Time.GetUtcNow();
            ApiResult result = await api.PatchAsync($"{collection}/{Name}", PatchType.Merge, Body(identity, duration, now, isNew: false), timeout.Token).ConfigureAwait(false);
            return result.Outcome == ApiOutcome.NotFound ? await api.PostAsync(collection, Body(identity, duration, now, isNew: true), timeout.Token).ConfigureAwait(false) : result;
        }
        catch (OperationCanceledException)
        {
            return new(ApiOutcome.Unreachable, 0, "no answer in time", null, default);
        }
    }

    private async Task ReleaseAsync()
    {
        using CancellationTokenSource timeout = new(ReleaseTimeout, api.Time);
        try
        {
            ApiResult result = await api.PatchAsync($"{collection}/{Name}", PatchType.Merge, Body("", TimeSpan.FromSeconds(1), api.Time.GetUtcNow(), isNew: false), timeout.Token).ConfigureAwait(false);
            if (!result.IsOk) log.LeaseNotRenewed(Name, $"giving it back: {result}");
        }
        catch (OperationCanceledException)
        {
            log.LeaseNotRenewed(Name, "giving it back took too long; it will run out instead");
        }
    }

    private byte[] Body(string holder, TimeSpan lasts, DateTimeOffset now, bool isNew) => JsonBody.Of(json =>
    {
        if (isNew)
        {
            json.WriteString("apiVersion", "coordination.k8s.io/v1");
            json.WriteString("kind", "Lease");
        }
        json.WriteStartObject("metadata");
        if (isNew)
        {
            json.WriteString("name", Name);
            json.WriteString("namespace", ownNamespace);
        }
        json.WriteStartObject("labels");
        json.WriteString(ApiNames.SpeakerNodeLabel, LabelValue.Of(node));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("spec");
        json.WriteString("holderIdentity", holder);
        json.WriteNumber("leaseDurationSeconds", (int)Math.Max(1, lasts.TotalSeconds));
        json.WriteString("renewTime", JsonBody.MicroTime(now));
        json.WriteEndObject();
    });
}
