using System.Threading.Channels;
using LbSpeaker.Kubernetes.Client;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Writes objects by key, several at a time and never one object twice at a time. Of each object the newest work waits alone, so a burst of
/// changes to one object is one write of the last.
/// </summary>
/// <remarks>
/// A failure holds up what it must and no more. An object that the server fails on or refuses waits by itself, whatever the others do; a server
/// that does not answer or asks for patience holds the workers back, so that it is not stormed. Nothing is given up: what still differs is
/// tried again until newer work takes its place.
/// </remarks>
/// <param name="write">Brings the object in line; null where nothing is to be done after all.</param>
/// <param name="spacing">How long after a write of an object what is not urgent about it waits, with all that comes meanwhile; zero for no such thing.</param>
internal sealed class WritePump<TKey, TWork>(int parallelism, Func<TKey, TWork, CancellationToken, Task<ApiResult?>> write, TimeProvider time, ILogger log, TimeSpan spacing = default)
    where TKey : notnull
    where TWork : class
{
    /// <summary>What the server refuses outright (a missing permission, a value that it does not take) is tried again after this long: people mend such things.</summary>
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMinutes(1);

    private readonly Channel<TKey> queue = Channel.CreateUnbounded<TKey>();
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, Slot> slots = [];

    private enum Stage { Queued, InFlight, Pausing }

    private sealed class Slot
    {
        public Stage Stage { get; set; }

        /// <summary>What is to be written next; null where nothing is.</summary>
        public TWork? Next { get; set; }

        /// <summary>Newer work, or none, has taken the place of what is in flight.</summary>
        public bool IsSuperseded { get; set; }

        /// <summary>What is to be written next cannot wait.</summary>
        public bool IsUrgent { get; set; }

        /// <summary>It pauses because it was written a moment ago.</summary>
        public bool IsSpaced { get; set; }

        /// <summary>What it was refused for may be mended by newer work.</summary>
        public bool NewWorkEndsPause { get; set; }

        public ITimer? Pause { get; set; }

        public Backoff Backoff { get; } = new();
    }

    /// <summary>This work, and none before it, is to be done for the object. Returns at once. Safe from any thread.</summary>
    /// <param name="isUrgent">It does not wait for the spacing to pass.</param>
    public void Enqueue(TKey key, TWork work, bool isUrgent = true)
    {
        lock (gate)
        {
            bool isNew = !slots.TryGetValue(key, out Slot? slot);
            slot ??= slots[key] = new();
            slot.Next = work;
            slot.IsSuperseded = true;
            slot.IsUrgent = isUrgent;
            if (isNew || slot.Stage == Stage.Pausing && (slot.IsSpaced ? isUrgent : slot.NewWorkEndsPause)) Queue(key, slot);
        }
    }

    /// <summary>Nothing is to be done for the object any more; what is in flight is not called back.</summary>
    public void Withdraw(TKey key)
    {
        lock (gate)
        {
            if (!slots.TryGetValue(key, out Slot? slot)) return;
            slot.Next = null;
            slot.IsSuperseded = true;
            if (slot is { Stage: Stage.Pausing, IsSpaced: false }) Forget(key, slot);
        }
    }

    /// <summary>Runs until cancelled; then nothing more is sent.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await Together.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(WorkAsync, parallelism), cancellation).ConfigureAwait(false);
        }
        finally
        {
            lock (gate)
                foreach (Slot slot in slots.Values) slot.Pause?.Dispose();
        }
    }

    private async Task WorkAsync(CancellationToken cancellation)
    {
        Backoff patience = new();
        await foreach (TKey key in queue.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            while (Take(key) is { } work)
            {
                ApiResult? result = await write(key, work, cancellation).ConfigureAwait(false);
                if (result is not { IsServerWide: true })
                {
                    patience.Reset();
                    Settle(key, work, result);
                    break;
                }
                PutBack(key, work);
                TimeSpan delay = patience.Next(result.RetryAfter);
                log.WriteFailed(key.ToString()!, delay, result.ToString());
                await Task.Delay(delay, time, cancellation).ConfigureAwait(false);
            }
    }

    private TWork? Take(TKey key)
    {
        lock (gate)
        {
            Slot slot = slots[key];
            if (slot.Next is not { } work)
            {
                Forget(key, slot);
                return null;
            }
            slot.Stage = Stage.InFlight;
            slot.Next = null;
            slot.IsSuperseded = false;
            return work;
        }
    }

    private void PutBack(TKey key, TWork work)
    {
        lock (gate)
            if (slots[key] is { IsSuperseded: false } slot) slot.Next = work;
    }

    /// <summary>Done, or to be done again: at once with newer work, else after a pause of its own.</summary>
    private void Settle(TKey key, TWork work, ApiResult? result)
    {
        TimeSpan? pause = null;
        lock (gate)
        {
            Slot slot = slots[key];
            bool isDone = result is null or { IsOk: true };
            bool newWorkMayPass = isDone || result!.Outcome is ApiOutcome.Conflict or ApiOutcome.NotFound or ApiOutcome.Gone or ApiOutcome.Refused;
            if (isDone) slot.Backoff.Reset();
            else if (!slot.IsSuperseded) slot.Next = work;

            if (isDone && spacing > TimeSpan.Zero && slot is not { Next: not null, IsUrgent: true })
            {
                slot.IsSpaced = true;
                Pause(key, slot, spacing);
            }
            else if (slot.Next is null) Forget(key, slot);
            else if (slot.IsSuperseded && newWorkMayPass) Queue(key, slot);
            else
            {
                pause = result!.Outcome == ApiOutcome.Refused ? RefusedPause : slot.Backoff.Next(result.RetryAfter);
                slot.NewWorkEndsPause = newWorkMayPass;
                Pause(key, slot, pause.Value);
            }
        }
        if (result is not null) Report(key, result, pause);
    }

    private void Pause(TKey key, Slot slot, TimeSpan length)
    {
        slot.Stage = Stage.Pausing;
        slot.Pause = time.CreateTimer(_ => EndPause(key, slot), null, length, Timeout.InfiniteTimeSpan);
    }

    private void EndPause(TKey key, Slot slot)
    {
        lock (gate)
            if (slot.Stage == Stage.Pausing && slots.GetValueOrDefault(key) == slot) Queue(key, slot);
    }

    private void Queue(TKey key, Slot slot)
    {
        slot.Pause?.Dispose();
        slot.Pause = null;
        slot.IsSpaced = false;
        slot.Stage = Stage.Queued;
        queue.Writer.TryWrite(key);
    }

    private void Forget(TKey key, Slot slot)
    {
        slot.Pause?.Dispose();
        slots.Remove(key);
    }

    private void Report(TKey key, ApiResult result, TimeSpan? pause)
    {
        switch (result.Outcome)
        {
            case ApiOutcome.Ok: log.Wrote(key.ToString()!); break;
            // Changed or gone since we looked: the watch brings the news, and with it newer work.
            case ApiOutcome.Conflict or ApiOutcome.NotFound or ApiOutcome.Gone: log.WriteConflict(key.ToString()!); break;
            case ApiOutcome.Refused: log.WriteRefused(key.ToString()!, result.ToString()); break;
            default: log.WriteFailed(key.ToString()!, pause ?? TimeSpan.Zero, result.ToString()); break;
        }
    }
}
