namespace LbSpeaker.Linux.Timing;

/// <summary>Scheduling before everything that is not real-time (sched(7)), for a thread that works little and must never wait.</summary>
public static unsafe class RealTimeThread
{
    private const int RoundRobin = 2, ResetOnFork = 0x40000000;

    /// <summary>Makes the calling thread one of these, at the lowest real-time priority. False where the process may not (capability SYS_NICE): it goes on as it was.</summary>
    public static bool TryEnter()
    {
        int priority = 1;
        return Libc.SetScheduler(0, RoundRobin | ResetOnFork, &priority) == 0;
    }
}
