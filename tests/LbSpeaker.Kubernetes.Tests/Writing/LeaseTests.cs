using LbSpeaker.Kubernetes.Tests.Fakes;
using LbSpeaker.Kubernetes.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Kubernetes.Tests.Writing;

/// <summary>The controllers' Lease and the speakers'. Whole elections are played in LbSpeaker.Tests; here are the moments that are hard to hit.</summary>
public sealed class LeaseTests : IDisposable
{
    private readonly ScriptedServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task A_leader_on_a_machine_that_stands_still_at_any_moment_loses_the_lead_and_does_not_fail()
    {
        // Each look at the clock costs a while; at one of them the time is up.
        for (int cost = 1; cost < 60; cost++)
        {
            SlowTime time = new(TimeSpan.FromMilliseconds(cost * 50));
            using CancellationTokenSource stop = new();
            int renewals = 0;
            server.Always = request => request.Method == "POST" ? ScriptedServer.Json(Lease("me", ++renewals)) : request.Method == "GET" ? ScriptedServer.Status(404, "none") : ScriptedServer.Status(500, "no");
            LeaderElection election = new(server.NewApi(time), "lbspeaker-system", "me", ElectionTimes.Default, NullLogger<LeaderElection>.Instance);
            TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task running = election.RunAsync(async leading =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, leading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                lost.TrySetResult();
            }, stop.Token);
            while (!lost.Task.IsCompleted)
            {
                Assert.False(running.IsFaulted, $"{cost}: {running.Exception}");
                time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Yield();
            }
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience.Limit));
        }
    }

    [Fact]
    public async Task A_leader_renews_what_it_knows_in_one_request_and_reads_again_only_after_a_conflict()
    {
        ObservedTime time = new() { LongestPause = ElectionTimes.Default.Retry };
        using CancellationTokenSource stop = new();
        LeaderElection election = new(server.NewApi(time), "lbspeaker-system", "me", ElectionTimes.Default, NullLogger<LeaderElection>.Instance);
        Task running = Task.Run(() => election.RunAsync(leading => Task.Delay(Timeout.InfiniteTimeSpan, leading), stop.Token));
        await Expect("GET", ScriptedServer.Status(404, "none"));
        await Expect("POST", ScriptedServer.Json(Lease("me", 1)));
        await time.PassNextPauseAsync();
        await Expect("PATCH", ScriptedServer.Json(Lease("me", 2)));
        await time.PassNextPauseAsync();
        await Expect("PATCH", ScriptedServer.Status(409, "changed"));
        await Expect("GET", ScriptedServer.Json(Lease("me", 3)));
        Assert.Contains("\"resourceVersion\":\"3\"", (await Expect("PATCH", ScriptedServer.Json(Lease("me", 4)))).Body, StringComparison.Ordinal);
        await stop.CancelAsync();
        await Expect("GET", ScriptedServer.Json(Lease("me", 4)));
        Assert.Contains("\"holderIdentity\":\"\"", (await Expect("PATCH", ScriptedServer.Status(409, "a renewal came late"))).Body, StringComparison.Ordinal);
        await Expect("GET", ScriptedServer.Json(Lease("me", 5)));
        Assert.Contains("\"resourceVersion\":\"5\"", (await Expect("PATCH", ScriptedServer.Json(Lease("", 6)))).Body, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task A_candidate_looks_often_and_takes_the_lead_the_moment_that_the_Lease_runs_out()
    {
        // The last look but one comes less than a look's time before that moment.
        ElectionTimes times = ElectionTimes.Default with { Look = TimeSpan.FromSeconds(0.7) };
        ObservedTime time = new() { LongestPause = times.Look };
        using CancellationTokenSource stop = new();
        LeaderElection election = new(server.NewApi(time), "lbspeaker-system", "me", times, NullLogger<LeaderElection>.Instance);
        TaskCompletionSource led = new();
        Task running = Task.Run(() => election.RunAsync(
            leading =>
            {
                led.SetResult();
                return Task.Delay(Timeout.InfiniteTimeSpan, leading);
            },
            stop.Token));
        await Expect("GET", ScriptedServer.Json(Lease("other", 1)));
        await time.PassNextPauseAsync();
        DateTimeOffset renewed = time.GetUtcNow();
        await Expect("GET", ScriptedServer.Json(Lease("other", 2)));
        for (int look = 0; look < 22; look++)
        {
            await time.PassNextPauseAsync();
            await Expect("GET", ScriptedServer.Json(Lease("other", 2)));
        }
        Assert.Contains("\"holderIdentity\":\"me\"", (await Expect("PATCH", ScriptedServer.Json(Lease("me", 3)))).Body, StringComparison.Ordinal);
        Assert.Equal(times.Lease, time.GetUtcNow() - renewed);
        await led.Task.WaitAsync(Patience.Limit);
        await stop.CancelAsync();
        await Expect("GET", ScriptedServer.Json(Lease("other", 4)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task A_speaker_that_stops_lets_its_last_renewal_arrive_before_it_gives_the_Lease_back()
    {
        ObservedTime time = new();
        using CancellationTokenSource stop = new();
        LeaseKeeper keeper = new(server.NewApi(time), "lbspeaker-system", "n1", "pod", TimeSpan.FromSeconds(3), NullLogger<LeaseKeeper>.Instance);
        Task running = Task.Run(() => keeper.RunAsync(stop.Token));
        SeenRequest renewal = await server.AnswerAsync(request =>
        {
            stop.Cancel();
            return ScriptedServer.Json(Lease("pod", 1));
        });
        Assert.Contains("\"holderIdentity\":\"pod\"", renewal.Body, StringComparison.Ordinal);
        Assert.Contains("\"holderIdentity\":\"\"", (await Expect("PATCH", ScriptedServer.Json(Lease("", 2)))).Body, StringComparison.Ordinal);
        await running.WaitAsync(Patience.Limit);
        Assert.Equal(2, server.Seen.Count);
    }

    private async Task<SeenRequest> Expect(string method, HttpResponseMessage answer)
    {
        SeenRequest request = await server.AnswerAsync(answer);
        Assert.Equal(method, request.Method);
        return request;
    }

    private static string Lease(string holder, int version) =>
        $$$"""{"kind":"Lease","metadata":{"resourceVersion":"{{{version}}}"},"spec":{"holderIdentity":"{{{holder}}}","leaseDurationSeconds":15,"leaseTransitions":0,"renewTime":"at {{{version}}}"}}""";

    private sealed class SlowTime(TimeSpan cost) : FakeTimeProvider
    {
        private long looks;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Increment(ref looks) * cost.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond;
    }
}
