using System.Threading.Channels;
using LbSpeaker.Kubernetes.Client;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Writes objects by key, several at a time and never one object twice at a time. What to write is asked when a key's turn comes, so a burst
/// of changes to one object is one write of the last. An unreachable server holds the workers back; it costs no memory beyond the keys.
/// </summary>
/// <param name="write">Brings the object in line; null where nothing differs (any more).</param>
internal sealed class WritePump<TKey>(int parallelism, Func<TKey, CancellationToken, Task<ApiResult?>> write, TimeProvider time, ILogger log) where TKey : notnull
{
    private enum Turn { Waiting, InFlight, InFlightAndAgain }

    private readonly Channel<TKey> queue = Channel.CreateUnbounded<TKey>();
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, Turn> turns = [];

    /// <summary>Returns at once. Safe from any thread.</summary>
    public void Enqueue(TKey key)
    {
        lock (gate)
            if (turns.TryGetValue(key, out Turn turn))
            {
                if (turn == Turn.InFlight) turns[key] = Turn.InFlightAndAgain;
                return;
            }
            else
                turns[key] = Turn.Waiting;
        queue.Writer.TryWrite(key);
    }

    /// <summary>Runs until cancelled; then nothing more is sent.</summary>
    public Task RunAsync(CancellationToken cancellation) => Task.WhenAll(Enumerable.Range(0, parallelism).Select(_ => WorkAsync(cancellation)));

    private async Task WorkAsync(CancellationToken cancellation)
    {
        Backoff backoff = new();
        await foreach (TKey key in queue.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            lock (gate) turns[key] = Turn.InFlight;
            while (await write(key, cancellation).ConfigureAwait(false) is { } result)
            {
                if (!result.IsTransient)
                {
                    Report(key, result);
                    backoff.Reset();
                    break;
                }
                TimeSpan delay = backoff.Next(result.RetryAfter);
                log.WriteFailed(key.ToString()!, delay, result.ToString());
                await Task.Delay(delay, time, cancellation).ConfigureAwait(false);
            }
            bool again;
            lock (gate)
            {
                again = turns[key] == Turn.InFlightAndAgain;
                if (again) turns[key] = Turn.Waiting;
                else turns.Remove(key);
            }
            if (again) queue.Writer.TryWrite(key);
        }
    }

    private void Report(TKey key, ApiResult result)
    {
        switch (result.Outcome)
        {
            case ApiOutcome.Ok: log.Wrote(key.ToString()!); break;
            // Changed or gone since we looked: the watch brings the news, and with it the next comparison.
            case ApiOutcome.Conflict or ApiOutcome.NotFound or ApiOutcome.Gone: log.WriteConflict(key.ToString()!); break;
            default: log.WriteRefused(key.ToString()!, result.ToString()); break;
        }
    }
}
