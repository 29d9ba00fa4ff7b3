namespace LbSpeaker.Linux.Timing;

/// <summary>
/// A descriptor that can be read once a moment has come (timerfd_create(2)), on the monotonic clock and without the slack of sleeping: what a <see cref="ReadySet"/> waits
/// for beside its sockets.
/// </summary>
public sealed unsafe class DeadlineTimer : IDisposable
{
    private const int Monotonic = 1, NonBlocking = 0x800, CloseOnExec = 0x80000, Absolute = 1;

    private TimeSpan set = TimeSpan.MaxValue;

    public int Descriptor { get; } = Libc.Checked(Libc.TimerCreate(Monotonic, NonBlocking | CloseOnExec), "timerfd_create");

    /// <summary>The clock of the moments: CLOCK_MONOTONIC.</summary>
    public static TimeSpan Now
    {
        get
        {
            Libc.TimeSpec time;
            _ = Libc.ClockGetTime(Monotonic, &time);
            return new TimeSpan(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick);
        }
    }

    /// <summary>Replaces the moment; one in the past fires at once, <see cref="TimeSpan.MaxValue"/> never. A new moment takes back an expiry of the old one.</summary>
    public void Set(TimeSpan due)
    {
        if (due == set) return;
        set = due;
        // struct itimerspec: interval, then value; zero disarms.
        Libc.TimeSpec* times = stackalloc Libc.TimeSpec[2];
        times[0] = times[1] = default;
        if (due != TimeSpan.MaxValue)
        {
            long ticks = Math.Max(due.Ticks, 1);
            times[1] = new() { Seconds = (nint)(ticks / TimeSpan.TicksPerSecond), Nanoseconds = (nint)(ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick) };
        }
        Libc.Checked(Libc.TimerSet(Descriptor, Absolute, times, null), "timerfd_settime");
    }

    public void Dispose() => _ = Libc.Close(Descriptor);
}
