using System.Runtime.CompilerServices;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>The times of an election; but for <paramref name="TakeOver"/> they are client-go's defaults.</summary>
/// <param name="Lease">What the Lease says: any other program may take it when it has seen no renewal for this long. Whole seconds.</param>
/// <param name="TakeOver">
/// A candidate takes the lead when it has seen no renewal for this long. It knows when a leader stops, and need not wait for the whole Lease: whatever waits since the last renewal is
/// served before that has run out. What it is longer than <paramref name="RenewDeadline"/> is for requests that are on their way when a leader stops.
/// </param>
/// <param name="RenewDeadline">A leader that could not renew for this long stops leading, and a candidate that saw no renewal for this long begins to prepare: nobody writes any more what it would not see.</param>
/// <param name="Retry">Between attempts.</param>
public sealed record ElectionTimes(TimeSpan Lease, TimeSpan TakeOver, TimeSpan RenewDeadline, TimeSpan Retry)
{
    public static ElectionTimes Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(13), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
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

    private enum Attempt { Taken, HeldByOther, Failed }

    /// <summary>Whether this replica leads at present; for health and metrics, not for deciding to write: that is the token's.</summary>
    public bool IsLeading { get; private set; }

    /// <summary>The Lease was read or taken once: this replica leads or can stand in.</summary>
    public bool IsCandidate => Volatile.Read(ref seen) is not null;

    /// <summary>
    /// Candidates until cancelled. For each lead runs <paramref name="lead"/> once, whose token is cancelled the moment the lead is lost or given up, or its preparation was for nothing; it must
    /// return then. When it ends by itself or fails, the Lease is given back and this ends alike.
    /// </summary>
    /// <param name="lead">Its task ends when the lead is won. Until then it may read, and must not write.</param>
    public async Task RunAsync(Func<Task, CancellationToken, Task> lead, CancellationToken cancellation)
    {
        string waitingFor = "";
        Lead? next = null;
        try
        {
            while (true)
            {
                long began = api.Time.GetTimestamp();
                switch (await TryTakeAsync(times.RenewDeadline, cancellation).ConfigureAwait(false))
                {
                    case Attempt.Taken:
                        waitingFor = "";
                        log.Leading(identity);
                        Lead won = next ?? new(lead, cancellation);
                        next = null;
                        if (await LeadAsync(won, began, cancellation).ConfigureAwait(false)) return;
                        cancellation.ThrowIfCancellationRequested();
                        break;
                    case Attempt.HeldByOther:
                        if (seen!.Holder != waitingFor) log.WaitingForLead(waitingFor = seen.Holder);
                        if (Silence >= times.RenewDeadline)
                        {
                            next ??= new(lead, cancellation);
                        }
                        else if (next is not null)
                        {
                            await next.DisposeAsync().ConfigureAwait(false);
                            next = null;
                        }
                        await FollowAsync(isPreparing: next is not null, cancellation).ConfigureAwait(false);
                        break;
                    default:
                        await Task.Delay(times.Retry, api.Time, cancellation).ConfigureAwait(false);
                        break;
                }
            }
        }
        finally
        {
            if (next is not null) await next.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <returns>True where <paramref name="lead"/> ended by itself.</returns>
    private async Task<bool> LeadAsync(Lead lead, long renewed, CancellationToken cancellation)
    {
        await using ConfiguredAsyncDisposable _ = lead.ConfigureAwait(false);
        using CancellationTokenSource work = new();
        IsLeading = true;
        lead.Win();
        Task<bool> renewing = RenewUntilLostAsync(renewed, lead, work.Token);
        await Task.WhenAny(lead.Work, renewing).ConfigureAwait(false);
        // Stop writing first; only then may the Lease go to another.
        await lead.EndAsync().ConfigureAwait(false);
        await work.CancelAsync().ConfigureAwait(false);
        bool lost = await renewing.ConfigureAwait(false);
        IsLeading = false;
        if (!lost) await ReleaseAsync().ConfigureAwait(false);
        if (lead.Work.IsFaulted) await lead.Work.ConfigureAwait(false);
        return !lost && !cancellation.IsCancellationRequested;
    }

    /// <summary>
    /// Watches the Lease that another holds, until it has not changed for so long that there is something to do, was given back, or the watch has ended; while a lead is being prepared until it
    /// changes at all.
    /// </summary>
    private async Task FollowAsync(bool isPreparing, CancellationToken cancellation)
    {
        if (Left() == TimeSpan.Zero) return;
        using CancellationTokenSource silence = new(Left(), api.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        string path = $"{collection}?watch=true&fieldSelector=metadata.name%3D{ApiNames.ControllerLease}&resourceVersion={seen!.ResourceVersion}&timeoutSeconds=300";
        try
        {
            (_, ApiStream? stream) = await api.OpenAsync(path, either.Token).ConfigureAwait(false);
            using (stream)
                if (stream is not null)
                    await foreach (ReadOnlyMemory<byte> line in LineReader.ReadAsync(stream.Content, TimeSpan.Zero, api.Time, either.Token).ConfigureAwait(false))
                    {
                        // What is no Lease says that the watch is over, or that the Lease is gone: it is read again.
                        if (LeaseState.ReadEvent(line) is not { } state) break;
                        bool changed = Note(state);
                        if (isPreparing || state.Holder.Length == 0) return;
                        if (changed) silence.CancelAfter(times.RenewDeadline);
                    }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception) when (exception is InvalidDataException || KubernetesApi.IsConnectionFailure(exception))
        {
            // Why is said by the reading that comes next, if it fails too.
        }
        await Task.Delay(TimeSpan.FromTicks(Math.Min(Left().Ticks, times.Retry.Ticks)), api.Time, cancellation).ConfigureAwait(false);

        TimeSpan Left() => TimeSpan.FromTicks(Math.Max(0, ((isPreparing ? TakeOverAfter(seen!) : times.RenewDeadline) - Silence).Ticks));
    }

    /// <summary>Renews as long as the work lasts, also while it winds down. Stops <paramref name="lead"/> when the lead is lost, and answers whether it was.</summary>
    private async Task<bool> RenewUntilLostAsync(long renewed, Lead lead, CancellationToken workEnded)
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
                if (left > TimeSpan.Zero && await TryTakeAsync(left, workEnded).ConfigureAwait(false) == Attempt.Taken)
                {
                    renewed = began;
                    continue;
                }
                bool taken = seen is { } held && held.Holder != identity;
                if (!taken && api.Time.GetElapsedTime(renewed) < times.RenewDeadline) continue;
                log.LostLead(identity, taken ? $"{seen!.Holder} holds the Lease" : $"not renewed for {times.RenewDeadline}");
                await lead.StopAsync().ConfigureAwait(false);
                return true;
            }
        }
        catch (OperationCanceledException) when (workEnded.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>One attempt to take or renew the Lease, given up after <paramref name="limit"/>.</summary>
    private async Task<Attempt> TryTakeAsync(TimeSpan limit, CancellationToken cancellation)
    {
        using CancellationTokenSource timeout = new(limit, api.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
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
            {
                // Somebody deleted it, and whoever holds it has not noticed yet and makes it anew.
                if (seen is { } gone && IsHeld(gone)) return Attempt.HeldByOther;
                return Took(await api.PostAsync(collection, NewLease(), either.Token).ConfigureAwait(false));
            }
            if (!read.IsOk || LeaseState.Read(read.Body) is not { } state)
            {
                log.LeaseNotRenewed(ApiNames.ControllerLease, read.ToString());
                return Attempt.Failed;
            }
            Note(state);
            if (IsHeld(state)) return Attempt.HeldByOther;
            return Took(await api.PatchAsync($"{collection}/{ApiNames.ControllerLease}", PatchType.Merge, Renewal(state, state.Holder == identity), either.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            log.LeaseNotRenewed(ApiNames.ControllerLease, "no answer in time");
            return Attempt.Failed;
        }
    }

    private TimeSpan Silence => api.Time.GetElapsedTime(seenChanging);

    private bool IsHeld(LeaseState state) => state.Holder != identity && state.Holder.Length > 0 && Silence < TakeOverAfter(state);

    /// <summary>Never sooner than a leader stops that has not noticed yet, whatever a hand wrote into the Lease.</summary>
    private TimeSpan TakeOverAfter(LeaseState state) => state.DurationSeconds > times.Lease.TotalSeconds ? TimeSpan.FromSeconds(state.DurationSeconds) : times.TakeOver;

    /// <returns>Whether it has changed since it was seen last.</returns>
    private bool Note(LeaseState state)
    {
        bool changed = seen is null || seen.Holder != state.Holder || seen.RenewTime != state.RenewTime || seen.Transitions != state.Transitions;
        if (changed) seenChanging = api.Time.GetTimestamp();
        Volatile.Write(ref seen, state);
        return changed;
    }

    private Attempt Took(ApiResult result)
    {
        if (result.IsOk)
        {
            if (LeaseState.Read(result.Body) is { } state) Volatile.Write(ref seen, state);
            seenChanging = api.Time.GetTimestamp();
            return Attempt.Taken;
        }
        // A conflict is the other candidate being faster, as it should be.
        if (result.Outcome != ApiOutcome.Conflict) log.LeaseNotRenewed(ApiNames.ControllerLease, result.ToString());
        return Attempt.Failed;
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

    /// <summary>What runs for one lead, from its preparation on.</summary>
    private sealed class Lead : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop;
        private readonly TaskCompletionSource won = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Lead(Func<Task, CancellationToken, Task> work, CancellationToken cancellation)
        {
            stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Work = work(won.Task, stop.Token);
        }

        public Task Work { get; }

        public void Win() => won.SetResult();

        public Task StopAsync() => stop.CancelAsync();

        /// <summary>Returns when the work has.</summary>
        public async Task EndAsync()
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync().ConfigureAwait(false);
            stop.Dispose();
        }
    }
}
