namespace LbSpeaker.Hosting;

/// <summary>Tasks that live and end together.</summary>
internal static class TaskGroup
{
    /// <summary>
    /// Runs all until <paramref name="ct"/> is cancelled or one of them ends; then all are cancelled and awaited. A failure of one, other than by the
    /// cancellation, is thrown: nothing goes on as if it were whole.
    /// </summary>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> works, CancellationToken ct)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task[] running = [.. works.Select(work => Task.Run(() => work(stop.Token), CancellationToken.None))];
        await Task.WhenAny(running).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (Task task in running)
            if (task.IsFaulted) await task.ConfigureAwait(false);
    }
}
