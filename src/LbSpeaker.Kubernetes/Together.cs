namespace LbSpeaker.Kubernetes;

/// <summary>Loops of one owner that run until cancelled.</summary>
internal static class Together
{
    /// <summary>Runs all; where one ends, by a fault of ours or by the cancellation, the others are cancelled and awaited, and its end is thrown.</summary>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> loops, CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] running = [.. loops.Select(loop => loop(stop.Token))];
        Task first = await Task.WhenAny(running).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // The fault goes before the cancellations that it caused.
        await (running.FirstOrDefault(t => t.IsFaulted) ?? first).ConfigureAwait(false);
    }
}
