namespace LbSpeaker.Testing.Observability;

/// <summary>What a piece of work takes from the garbage collector.</summary>
public static class Allocations
{
    private const int Rounds = 5;

    /// <summary>
    /// Octets that the work takes on this thread each time it is done: the least of five rounds. The runtime books on whatever thread it happens to stand what it needs once
    /// for itself; what the work needs, it needs in each round.
    /// </summary>
    /// <param name="prepare">Done before each round and not counted.</param>
    public static long Of(Action work, Action? prepare = null)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            prepare?.Invoke();
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
