using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Lab;

/// <summary>
/// The clock of a test cluster: it runs by itself, <see cref="Rate"/> times as fast as the real one, and stands while requests are under way, so that a
/// slow machine is no slow API server. Minutes pass in no time, and nothing sleeps.
/// </summary>
internal sealed class LabClock : FakeTimeProvider, IAsyncDisposable
{
    /// <summary>A request that takes longer than this waits for the clock itself, as one does that the server delays.</summary>
    private static readonly TimeSpan LongestStand = TimeSpan.FromMilliseconds(40);

    /// <summary>On a machine that is too busy to tick, the processes of the test are starved as well: no more than this passes in between.</summary>
    private static readonly TimeSpan LongestTick = TimeSpan.FromMilliseconds(4);

    private readonly CancellationTokenSource stop = new();
    private readonly Func<bool> isBusy;
    private Task running = Task.CompletedTask;

    public LabClock(Func<bool> isBusy) : base(DateTimeOffset.UtcNow) => this.isBusy = isBusy;

    public double Rate { get; set; } = 5;

    /// <summary>Told after each step, on the clock's own task.</summary>
    public event Action? Ticked;

    public void Run() => running = Task.Run(RunAsync);

    private async Task RunAsync()
    {
        long last = Stopwatch.GetTimestamp();
        long busySince = last;
        using PeriodicTimer ticks = new(TimeSpan.FromMilliseconds(1));
        try
        {
            while (await ticks.WaitForNextTickAsync(stop.Token))
            {
                TimeSpan passed = Stopwatch.GetElapsedTime(last);
                last = Stopwatch.GetTimestamp();
                if (!isBusy()) busySince = last;
                else if (Stopwatch.GetElapsedTime(busySince) < LongestStand) continue;
                Advance((passed < LongestTick ? passed : LongestTick) * Rate);
                Ticked?.Invoke();
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }
}
