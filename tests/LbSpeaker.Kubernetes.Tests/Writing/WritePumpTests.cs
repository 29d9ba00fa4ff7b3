using System.Threading.Channels;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Tests.Fakes;
using LbSpeaker.Kubernetes.Writing;
using Microsoft.Extensions.Logging.Abstractions;

namespace LbSpeaker.Kubernetes.Tests.Writing;

public sealed class WritePumpTests : IAsyncLifetime, IDisposable
{
    private static readonly ApiResult Ok = new(ApiOutcome.Ok, 200, "", null, default);

    private readonly ObservedTime time = new() { LongestPause = TimeSpan.FromMinutes(10) };
    private readonly CancellationTokenSource stop = new();
    private readonly Channel<(string Key, string Work, TaskCompletionSource<ApiResult?> Answer)> writes = Channel.CreateUnbounded<(string, string, TaskCompletionSource<ApiResult?>)>();
    private readonly WritePump<string, string> pump;
    private Task running = Task.CompletedTask;

    public WritePumpTests() => pump = new(2, WriteAsync, time, NullLogger.Instance);

    public Task InitializeAsync()
    {
        running = Task.Run(() => pump.RunAsync(stop.Token));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience.Limit));
        Assert.False(writes.Reader.TryRead(out (string Key, string Work, TaskCompletionSource<ApiResult?>) more), $"and then {more.Key} {more.Work}");
    }

    public void Dispose() => stop.Dispose();

    [Fact]
    public async Task Of_work_that_waits_the_newest_is_done()
    {
        pump.Enqueue("a", "1");
        TaskCompletionSource<ApiResult?> first = await Expect("a", "1");
        pump.Enqueue("a", "2");
        pump.Enqueue("a", "3");
        first.SetResult(Ok);
        (await Expect("a", "3")).SetResult(Ok);
    }

    [Fact]
    public async Task What_is_not_urgent_waits_after_a_write_until_the_spacing_has_passed_or_something_urgent_comes()
    {
        TimeSpan spacing = TimeSpan.FromSeconds(5);
        WritePump<string, string> spaced = new(2, WriteAsync, time, NullLogger.Instance, spacing);
        Task run = Task.Run(() => spaced.RunAsync(stop.Token));
        spaced.Enqueue("a", "1", isUrgent: false);
        (await Expect("a", "1")).SetResult(Ok);
        Assert.Equal(spacing, await time.NextPauseAsync());
        spaced.Enqueue("a", "2", isUrgent: false);
        spaced.Enqueue("a", "3", isUrgent: false);
        spaced.Enqueue("b", "1", isUrgent: false);
        (await Expect("b", "1")).SetResult(Ok);
        Assert.Equal(spacing, await time.NextPauseAsync());
        time.Advance(spacing);
        (await Expect("a", "3")).SetResult(Ok);
        Assert.Equal(spacing, await time.NextPauseAsync());
        spaced.Enqueue("a", "4", isUrgent: false);
        spaced.Enqueue("a", "5");
        (await Expect("a", "5")).SetResult(Ok);
        Assert.Equal(spacing, await time.NextPauseAsync());
        spaced.Enqueue("a", "6", isUrgent: false);
        spaced.Withdraw("a");
        time.Advance(spacing);
        spaced.Enqueue("a", "7", isUrgent: false);
        (await Expect("a", "7")).SetResult(Ok);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task What_is_withdrawn_is_not_done_and_not_tried_again()
    {
        pump.Enqueue("a", "1");
        TaskCompletionSource<ApiResult?> first = await Expect("a", "1");
        pump.Enqueue("a", "2");
        pump.Withdraw("a");
        first.SetResult(Failure(500));
        pump.Enqueue("b", "1");
        (await Expect("b", "1")).SetResult(Ok);
        time.Advance(TimeSpan.FromHours(1));
        pump.Enqueue("b", "2");
        (await Expect("b", "2")).SetResult(Ok);
    }

    [Theory]
    [InlineData(500, 0.2)]
    [InlineData(409, 0.2)]
    [InlineData(404, 0.2)]
    [InlineData(403, 60)]
    [InlineData(422, 60)]
    public async Task A_failure_holds_up_its_object_alone_and_is_tried_again(int code, double seconds)
    {
        pump.Enqueue("a", "1");
        (await Expect("a", "1")).SetResult(Failure(code));
        TimeSpan pause = await time.NextPauseAsync();
        Assert.InRange(pause.TotalSeconds, seconds / 2, seconds);
        foreach (string other in (string[])["b", "c", "d"])
        {
            pump.Enqueue(other, "1");
            (await Expect(other, "1")).SetResult(Ok);
        }
        time.Advance(pause);
        (await Expect("a", "1")).SetResult(Ok);
    }

    [Theory]
    [InlineData(409)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task Newer_work_ends_the_pause_after_what_it_may_mend(int code)
    {
        pump.Enqueue("a", "1");
        (await Expect("a", "1")).SetResult(Failure(code));
        await time.NextPauseAsync();
        pump.Enqueue("a", "2");
        (await Expect("a", "2")).SetResult(Ok);
        time.Advance(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Newer_work_does_not_end_the_pause_of_an_object_that_the_server_fails_on()
    {
        pump.Enqueue("a", "1");
        (await Expect("a", "1")).SetResult(Failure(500));
        TimeSpan pause = await time.NextPauseAsync();
        pump.Enqueue("a", "2");
        pump.Enqueue("b", "1");
        (await Expect("b", "1")).SetResult(Ok);
        time.Advance(pause);
        (await Expect("a", "2")).SetResult(Ok);
    }

    [Fact]
    public async Task A_server_that_asks_for_patience_is_left_alone_by_the_worker_for_as_long_as_it_says()
    {
        pump.Enqueue("a", "1");
        pump.Enqueue("b", "1");
        (string Key, string Work, TaskCompletionSource<ApiResult?> Answer)[] both = [await writes.Reader.ReadAsync(), await writes.Reader.ReadAsync()];
        pump.Enqueue("c", "1");
        foreach ((_, _, TaskCompletionSource<ApiResult?> answer) in both) answer.SetResult(new(ApiOutcome.TooManyRequests, 429, "later", TimeSpan.FromSeconds(7), default));
        Assert.Equal(TimeSpan.FromSeconds(7), await time.NextPauseAsync());
        Assert.Equal(TimeSpan.FromSeconds(7), await time.NextPauseAsync());
        Assert.False(writes.Reader.TryRead(out _));
        time.Advance(TimeSpan.FromSeconds(7));
        HashSet<string> done = [];
        for (int i = 0; i < 3; i++)
        {
            (string key, _, TaskCompletionSource<ApiResult?> answer) = await writes.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);
            done.Add(key);
            answer.SetResult(Ok);
        }
        Assert.Equal(["a", "b", "c"], done.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task While_the_server_does_not_answer_newer_work_takes_the_place_of_what_is_tried_again()
    {
        pump.Enqueue("a", "1");
        (await Expect("a", "1")).SetResult(Failure(0));
        TimeSpan pause = await time.NextPauseAsync();
        pump.Enqueue("a", "2");
        time.Advance(pause);
        (await Expect("a", "2")).SetResult(Ok);
    }

    [Fact]
    public async Task A_fault_of_ours_ends_it_at_once()
    {
        using CancellationTokenSource never = new();
        WritePump<string, string> broken = new(4, (_, _, _) => throw new InvalidOperationException("a bug"), time, NullLogger.Instance);
        broken.Enqueue("a", "1");
        await Assert.ThrowsAsync<InvalidOperationException>(() => broken.RunAsync(never.Token).WaitAsync(Patience.Limit));
    }

    private async Task<ApiResult?> WriteAsync(string key, string work, CancellationToken ct)
    {
        TaskCompletionSource<ApiResult?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await writes.Writer.WriteAsync((key, work, answer), ct);
        return await answer.Task.WaitAsync(ct);
    }

    private async Task<TaskCompletionSource<ApiResult?>> Expect(string key, string work)
    {
        (string gotKey, string gotWork, TaskCompletionSource<ApiResult?> answer) = await writes.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);
        Assert.Equal((key, work), (gotKey, gotWork));
        return answer;
    }

    private static ApiResult Failure(int code) => new(code switch
    {
        0 or >= 500 => ApiOutcome.Unreachable,
        404 => ApiOutcome.NotFound,
        409 => ApiOutcome.Conflict,
        _ => ApiOutcome.Refused,
    }, code, "no", null, default);
}
