namespace LbSpeaker.Kubernetes.Client;

/// <summary>
/// Growing pauses between attempts: 0.2 s doubling to 30 s, each shortened at random by up to half so that many clients do not come back at
/// once. Not thread-safe: one owner each.
/// </summary>
internal sealed class Backoff(Func<double>? random = null)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200), Longest = TimeSpan.FromSeconds(30);

    private readonly Func<double> random = random ?? Random.Shared.NextDouble;
    private TimeSpan next = First;

    /// <param name="atLeast">What the server asked for by Retry-After; never shortened.</param>
    public TimeSpan Next(TimeSpan? atLeast = null)
    {
        TimeSpan delay = next * (1 - 0.5 * random());
        next = next * 2 < Longest ? next * 2 : Longest;
        return atLeast is { } asked && asked > delay ? asked : delay;
    }

    public void Reset() => next = First;
}
