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
        if (dueTime > TimeSpan.Zero && dueTime <= LongestPause) pauses.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until the code under test pauses.</summary>
    public Task<TimeSpan> NextPauseAsync() => pauses.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);

    public async Task<TimeSpan> PassNextPauseAsync()
    {
        TimeSpan pause = await NextPauseAsync();
        Advance(pause);
        return pause;
    }
}

internal static class Patience
{
    /// <summary>How long a test waits for what must come, in real time, before it fails.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
}
