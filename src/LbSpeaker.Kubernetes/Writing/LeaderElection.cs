using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>The times of an election; the first three are client-go's defaults.</summary>
/// <param name="Lease">Others may take the lead when they have seen no renewal for this long. Whole seconds.</param>
/// <param name="RenewDeadline">A leader that could not renew for this long stops leading; shorter than <paramref name="Lease"/>, so that it has stopped before another starts.</param>
/// <param name="Retry">Between attempts.</param>
/// <param name="Look">How often a candidate looks at the Lease that another holds: so much later than the last renewal it counts from, and takes the lead when that has run out.</param>
public sealed record ElectionTimes(TimeSpan Lease, TimeSpan RenewDeadline, TimeSpan Retry, TimeSpan Look)
{
    public static ElectionTimes Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.5));
}

/// <summary>
/// At most one of several replicas leads: who holds the Lease <see cref="ApiNames.ControllerLease"/>. Whether a Lease has run out is judged by
/// when it was last seen to change, on this machine's monotonic clock.
/// </summary>
/// <param name="identity">Unique to the replica: the Pod's name.</param>
public sealed class LeaderElection(KubernetesApi api, string ownNamespace, string identity, ElectionTimes times, ILogger<LeaderElection> log)
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

    private readonly string collection = $"apis/coordination.k8s.io/v1/namespaces/{ownNamespace}/leases";
    private LeaseState? seen;
    private long seenChanging;

    /// <summary>When the Lease of another may be taken, as the last attempt has found; null where it came to nothing or to something else.</summary>
    private TimeSpan? runsOutIn;

    /// <summary>Whether this replica leads at present; for health and metrics, not for deciding to write: that is the token's.</summary>
    public bool IsLeading { get; private set; }

    /// <summary>The Lease was read or taken once: this replica leads or can stand in.</summary>
    public bool IsCandidate => Volatile.Read(ref seen) is not null;

    /// <summary>
    /// Candidates until cancelled. Each time the lead is won runs <paramref name="lead"/>, whose token is cancelled the moment the lead is lost
    /// or given up; it must return then. When it ends by itself or fails, the Lease is given back and this ends alike.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellation)
    {
        string waitingFor = "";
        while (true)
        {
            long began = api.Time.GetTimestamp();
            bool won = await TryTakeAsync(times.RenewDeadline, cancellation).ConfigureAwait(false);
            if (!won)
            {
                if (seen is { } held && held.Holder != waitingFor) log.WaitingForLead(waitingFor = held.Holder);
                await Task.Delay(runsOutIn is not { } left ? times.Retry : left < times.Look ? left : times.Look, api.Time, cancellation).ConfigureAwait(false);
                continue;
            }
            waitingFor = "";
            log.Leading(identity);
            if (await LeadAsync(lead, began, cancellation).ConfigureAwait(false)) return;
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <returns>True where <paramref name="lead"/> ended by itself.</returns>
    private async Task<bool> LeadAsync(Func<CancellationToken, Task> lead, long renewed, CancellationToken cancellation)
    {
        using CancellationTokenSource leading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using CancellationTokenSource work = new();
        IsLeading = true;
        Task led = lead(leading.Token);
        Task<bool> renewing = RenewUntilLostAsync(renewed, leading, work.Token);
        await Task.WhenAny(led, renewing).ConfigureAwait(false);
        // Stop writing first; only then may the Lease go to another.
        await leading.CancelAsync().ConfigureAwait(false);
        await led.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await work.CancelAsync().ConfigureAwait(false);
        bool lost = await renewing.ConfigureAwait(false);
        IsLeading = false;
        if (!lost) await ReleaseAsync().ConfigureAwait(false);
        if (led.IsFaulted) await led.ConfigureAwait(false);
        return !lost && !cancellation.IsCancellationRequested;
    }

    /// <summary>Renews as long as the work lasts, also while it winds down. Cancels <paramref name="leading"/> when the lead is lost, and answers whether it was.</summary>
    private async Task<bool> RenewUntilLostAsync(long renewed, CancellationTokenSource leading, CancellationToken workEnded)
    {
        try
        {
            while (true)
            {
                // Never below zero, however long the machine stood still since the last look at the clock.
                TimeSpan left = times.RenewDeadline - api.Time.GetElapsedTime(renewed);
                await Task.Delay(TimeSpan.FromTicks(Math.Clamp(left.Ticks, 0, times.Retry.Ticks)), api.Time, workEnded).ConfigureAwait(false);
                // Counted from before the request: the server may have taken it at any moment after.
                long began = api.Time.GetTimestamp();
                left = times.RenewDeadline - api.Time.GetElapsedTime(renewed);
                if (left > TimeSpan.Zero && await TryTakeAsync(left, workEnded).ConfigureAwait(false))
                {
                    renewed = began;
                    continue;
                }
                bool taken = seen is { } held && held.Holder != identity;
                if (!taken && api.Time.GetElapsedTime(renewed) < times.RenewDeadline) continue;
                log.LostLead(identity, taken ? $"{seen!.Holder} holds the Lease" : $"not renewed for {times.RenewDeadline}");
                await leading.CancelAsync().ConfigureAwait(false);
                return true;
            }
        }
        catch (OperationCanceledException) when (workEnded.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>One attempt to take or renew the Lease, given up after <paramref name="limit"/>.</summary>
    private async Task<bool> TryTakeAsync(TimeSpan limit, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(limit, api.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        runsOutIn = null;
        try
        {
            if (seen is { } own && own.Holder == identity)
            {
                // Who holds it knows it; only where that proves wrong it is read again.
                ApiResult renewed = await api.PatchAsync($"{collection}/{ApiNames.ControllerLease}", PatchType.Merge, Renewal(own, mine: true), either.Token).ConfigureAwait(false);
                if (renewed.Outcome is not (ApiOutcome.Conflict or ApiOutcome.NotFound)) return Took(renewed);
            }
            ApiResult read = await api.GetAsync($"{collection}/{ApiNames.ControllerLease}", either.Token).ConfigureAwait(false);
            if (read.Outcome == ApiOutcome.NotFound)
                return Took(await api.PostAsync(collection, NewLease(), either.Token).ConfigureAwait(false));
            if (!read.IsOk || LeaseState.Read(read.Body) is not { } state)
            {
                log.LeaseNotRenewed(ApiNames.ControllerLease, read.ToString());
                return false;
            }
            if (seen is null || seen.Holder != state.Holder || seen.RenewTime != state.RenewTime || seen.Transitions != state.Transitions) seenChanging = api.Time.GetTimestamp();
            Volatile.Write(ref seen, state);
            bool mine = state.Holder == identity;
            // Never sooner than a leader stops that has not noticed yet, whatever a hand wrote into the Lease.
            TimeSpan left = TimeSpan.FromSeconds(Math.Max(state.DurationSeconds, times.Lease.TotalSeconds)) - api.Time.GetElapsedTime(seenChanging);
            if (!mine && state.Holder.Length > 0 && left > TimeSpan.Zero)
            {
                runsOutIn = left;
                return false;
            }
            return Took(await api.PatchAsync($"{collection}/{ApiNames.ControllerLease}", PatchType.Merge, Renewal(state, mine), either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            log.LeaseNotRenewed(ApiNames.ControllerLease, "no answer in time");
            return false;
        }
    }

    private bool Took(ApiResult result)
    {
        if (result.IsOk)
        {
            if (LeaseState.Read(result.Body) is { } state) Volatile.Write(ref seen, state);
            seenChanging = api.Time.GetTimestamp();
            return true;
        }
        // A conflict is the other candidate being faster, as it should be.
        if (result.Outcome != ApiOutcome.Conflict) log.LeaseNotRenewed(ApiNames.ControllerLease, result.ToString());
        return false;
    }

    /// <summary>Empties the Lease, so that the next candidate need not wait for it to run out.</summary>
    private async Task ReleaseAsync()
    {
        using CancellationTokenSource timeout = new(ReleaseTimeout, api.Time);
        string path = $"{collection}/{ApiNames.ControllerLease}";
        try
        {
            // Read first: a renewal that was cut off may have arrived, and then the version that we know is not the present one. It may arrive in between, too.
            for (int attempt = 0; attempt < 2; attempt++)
            {
                ApiResult read = await api.GetAsync(path, timeout.Token).ConfigureAwait(false);
                if (!read.IsOk || LeaseState.Read(read.Body) is not { } state || state.Holder != identity) return;
                ApiResult result = await api.PatchAsync(path, PatchType.Merge, Release(state), timeout.Token).ConfigureAwait(false);
                if (result.IsOk)
                {
                    log.ReleasedLead(identity);
                    return;
                }
                log.LeaseNotRenewed(ApiNames.ControllerLease, $"giving it back: {result}");
                if (result.Outcome != ApiOutcome.Conflict) return;
            }
        }
        catch (OperationCanceledException)
        {
            log.LeaseNotRenewed(ApiNames.ControllerLease, "giving it back took too long; it will run out instead");
        }
    }

    private static byte[] Release(LeaseState state) => JsonBody.Of(json =>
    {
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", state.ResourceVersion);
        json.WriteEndObject();
        json.WriteStartObject("spec");
        json.WriteString("holderIdentity", "");
        json.WriteNumber("leaseDurationSeconds", 1);
        json.WriteEndObject();
    });

    private byte[] NewLease() => JsonBody.Of(json =>
    {
        json.WriteString("apiVersion", "coordination.k8s.io/v1");
        json.WriteString("kind", "Lease");
        json.WriteStartObject("metadata");
        json.WriteString("name", ApiNames.ControllerLease);
        json.WriteString("namespace", ownNamespace);
        json.WriteEndObject();
        WriteSpec(json, acquires: true, transitions: 0);
    });

    private byte[] Renewal(LeaseState state, bool mine) => JsonBody.Of(json =>
    {
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", state.ResourceVersion);
        json.WriteEndObject();
        WriteSpec(json, acquires: !mine, transitions: mine ? state.Transitions : state.Transitions + 1);
    });

    private void WriteSpec(System.Text.Json.Utf8JsonWriter json, bool acquires, int transitions)
    {
        string now = JsonBody.MicroTime(api.Time.GetUtcNow());
        json.WriteStartObject("spec");
        json.WriteString("holderIdentity", identity);
        json.WriteNumber("leaseDurationSeconds", (int)times.Lease.TotalSeconds);
        json.WriteNumber("leaseTransitions", transitions);
        json.WriteString("renewTime", now);
        if (acquires) json.WriteString("acquireTime", now);
        json.WriteEndObject();
    }
}
