namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>The clock of a process: virtual time, and on the wall as wrong as its node has it.</summary>
internal sealed class ProcessClock(Process process, World world, TimeSpan skew) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => world.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero) + world.Now + skew;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan) throw new NotSupportedException("timers that repeat");
        Timer timer = new();
        if (dueTime != Timeout.InfiniteTimeSpan)
            process.After(dueTime, () =>
            {
                if (!timer.IsOver) callback(state);
            });
        return timer;
    }

    private sealed class Timer : ITimer
    {
        public bool IsOver { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException("timers that change");

        public void Dispose() => IsOver = true;

        public ValueTask DisposeAsync()
        {
            IsOver = true;
            return default;
        }
    }
}
