using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Kubernetes.Tests.Fakes;

/// <summary>A clock that stands still and tells which pauses were begun, so that a test lets exactly those pass.</summary>
internal sealed class ObservedTime : FakeTimeProvider
{
    private readonly Channel<TimeSpan> pauses = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>Timeouts of requests and watches are 30 s and more; what is shorter is a pause.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(29);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        Begin(dueTime);
        return new Timer(timer, this);
    }

    /// <summary>Waits until the code under test pauses.</summary>
    public Task<TimeSpan> NextPauseAsync() => pauses.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);

    public async Task<TimeSpan> PassNextPauseAsync()
    {
        TimeSpan pause = await NextPauseAsync();
        Advance(pause);
        return pause;
    }

    /// <summary>Lets the next pause of this length pass; shorter and longer ones on the way to it are of no interest.</summary>
    public async Task PassAsync(TimeSpan pause)
    {
        while (await NextPauseAsync() != pause) { }
        Advance(pause);
    }

    /// <summary>Of no interest any more is what was begun until now.</summary>
    public void Forget()
    {
        while (pauses.Reader.TryRead(out _)) { }
    }

    private void Begin(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero && pause <= LongestPause) pauses.Writer.TryWrite(pause);
    }

    /// <summary>One that is set anew is a pause like one that is made.</summary>
    private sealed class Timer(ITimer timer, ObservedTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool changed = timer.Change(dueTime, period);
            time.Begin(dueTime);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}

internal static class Patience
{
    /// <summary>How long a test waits for what must come, in real time, before it fails.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
}
