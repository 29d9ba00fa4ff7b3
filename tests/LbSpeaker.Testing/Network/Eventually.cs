using System.Diagnostics;

namespace LbSpeaker.Testing.Network;

/// <summary>For what the kernel or another process does in its own time: looks again and again, for a bounded time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>How long it took; throws where it does not happen in time.</summary>
    public static TimeSpan True(string what, TimeSpan within, Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > within) throw new TimeoutException($"not within {within.TotalSeconds:0.#} s: {what}");
            Thread.Sleep(Pause);
        }
        return Stopwatch.GetElapsedTime(start);
    }
}
