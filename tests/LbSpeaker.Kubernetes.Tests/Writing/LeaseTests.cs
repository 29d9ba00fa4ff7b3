using System.Threading.Channels;
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
            Task running = election.RunAsync(async (_, leading) =>
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
        Task running = Task.Run(() => election.RunAsync((_, leading) => Task.Delay(Timeout.InfiniteTimeSpan, leading), stop.Token));
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
    public async Task A_candidate_prepares_when_whoever_led_must_have_stopped_and_takes_the_lead_before_the_Lease_runs_out()
    {
        await using Candidacy candidacy = new(server);
        ScriptedWatch watch = await candidacy.FollowAsync(Lease("other", 1));
        candidacy.Time.Advance(TimeSpan.FromSeconds(4));
        await watch.EventAsync("MODIFIED", Lease("other", 2));
        Assert.Equal(ElectionTimes.Default.RenewDeadline, await candidacy.Time.NextPauseAsync());
        DateTimeOffset renewed = candidacy.Time.GetUtcNow();

        candidacy.Time.Advance(ElectionTimes.Default.RenewDeadline);
        await candidacy.FollowAsync(Lease("other", 2));
        (Task won, CancellationToken token) = await candidacy.NextLeadAsync();
        Assert.False(won.IsCompleted);

        candidacy.Time.Advance(TimeSpan.FromSeconds(3));
        await Expect("GET", ScriptedServer.Json(Lease("other", 2)));
        Assert.Contains("\"holderIdentity\":\"me\"", (await Expect("PATCH", ScriptedServer.Json(Lease("me", 3)))).Body, StringComparison.Ordinal);
        await won.WaitAsync(Patience.Limit);
        Assert.Equal(ElectionTimes.Default.TakeOver, candidacy.Time.GetUtcNow() - renewed);
        Assert.False(token.IsCancellationRequested);
    }

    [Fact]
    public async Task What_was_prepared_ends_when_the_Lease_is_renewed_after_all()
    {
        await using Candidacy candidacy = new(server);
        await candidacy.FollowAsync(Lease("other", 1));
        candidacy.Time.Advance(ElectionTimes.Default.RenewDeadline);
        ScriptedWatch watch = await candidacy.FollowAsync(Lease("other", 1));
        (Task won, CancellationToken token) = await candidacy.NextLeadAsync();
        await watch.EventAsync("MODIFIED", Lease("other", 2));
        await candidacy.FollowAsync(Lease("other", 2));
        Assert.True(token.IsCancellationRequested);
        Assert.False(won.IsCompleted);

        // And the next silence begins it anew.
        candidacy.Time.Advance(ElectionTimes.Default.RenewDeadline);
        await candidacy.FollowAsync(Lease("other", 2));
        Assert.False((await candidacy.NextLeadAsync()).Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_Lease_that_is_given_back_is_taken_at_once()
    {
        await using Candidacy candidacy = new(server);
        ScriptedWatch watch = await candidacy.FollowAsync(Lease("other", 1));
        await watch.EventAsync("MODIFIED", Lease("", 2));
        await Expect("GET", ScriptedServer.Json(Lease("", 2)));
        await Expect("PATCH", ScriptedServer.Json(Lease("me", 3)));
        await (await candidacy.NextLeadAsync()).Won.WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task A_Lease_that_cannot_be_watched_is_looked_at()
    {
        await using Candidacy candidacy = new(server);
        await Expect("GET", ScriptedServer.Json(Lease("other", 1)));
        await Expect("GET", ScriptedServer.Status(403, "no watch"));
        await candidacy.Time.PassAsync(ElectionTimes.Default.Retry);
        await Expect("GET", ScriptedServer.Json(Lease("other", 2)));
        await Expect("GET", ScriptedServer.Status(403, "no watch"));
        for (TimeSpan silent = TimeSpan.Zero; silent < TimeSpan.FromSeconds(12); silent += ElectionTimes.Default.Retry)
        {
            await candidacy.Time.PassAsync(ElectionTimes.Default.Retry);
            await Expect("GET", ScriptedServer.Json(Lease("other", 2)));
            await Expect("GET", ScriptedServer.Status(403, "no watch"));
        }
        await candidacy.Time.PassAsync(TimeSpan.FromSeconds(1));
        await Expect("GET", ScriptedServer.Json(Lease("other", 2)));
        await Expect("PATCH", ScriptedServer.Json(Lease("me", 3)));
        await (await candidacy.NextLeadAsync()).Won.WaitAsync(Patience.Limit);
    }

    /// <summary>Whoever holds it makes it anew at its next renewal; until then there would be two that lead.</summary>
    [Fact]
    public async Task A_Lease_that_somebody_deleted_is_not_taken_before_its_holder_must_have_stopped()
    {
        await using Candidacy candidacy = new(server);
        ScriptedWatch watch = await candidacy.FollowAsync(Lease("other", 1));
        await watch.EventAsync("DELETED", Lease("other", 2));
        for (int look = 0; look < 6; look++)
        {
            await candidacy.Time.PassAsync(ElectionTimes.Default.Retry);
            await Expect("GET", ScriptedServer.Status(404, "none"));
            await Expect("GET", ScriptedServer.Status(410, "too old"));
        }
        await candidacy.Time.PassAsync(TimeSpan.FromSeconds(1));
        await Expect("GET", ScriptedServer.Status(404, "none"));
        await Expect("POST", ScriptedServer.Json(Lease("me", 3)));
        await (await candidacy.NextLeadAsync()).Won.WaitAsync(Patience.Limit);
    }

    [Theory]
    [InlineData(1, 13)]
    [InlineData(15, 13)]
    [InlineData(35, 35)]
    public async Task A_Lease_that_a_hand_made_longer_is_respected_and_one_made_shorter_is_not_taken_sooner(int says, int seconds)
    {
        await using Candidacy candidacy = new(server);
        string lease = Lease("other", 1).Replace("\"leaseDurationSeconds\":15", $"\"leaseDurationSeconds\":{says}", StringComparison.Ordinal);
        await candidacy.FollowAsync(lease);
        candidacy.Time.Advance(ElectionTimes.Default.RenewDeadline);
        await candidacy.FollowAsync(lease);
        candidacy.Time.Advance(TimeSpan.FromSeconds(seconds) - ElectionTimes.Default.RenewDeadline - TimeSpan.FromMilliseconds(1));
        Assert.False(server.IsAsked);
        candidacy.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Expect("GET", ScriptedServer.Json(lease));
        await Expect("PATCH", ScriptedServer.Json(Lease("me", 3)));
        await (await candidacy.NextLeadAsync()).Won.WaitAsync(Patience.Limit);
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

    /// <summary>One that stands for the lead, with the Lease in another's hand.</summary>
    private sealed class Candidacy : IAsyncDisposable
    {
        private readonly ScriptedServer server;
        private readonly CancellationTokenSource stop = new();
        private readonly Channel<(Task Won, CancellationToken Token)> leads = Channel.CreateUnbounded<(Task, CancellationToken)>();
        private readonly Task running;

        public Candidacy(ScriptedServer server)
        {
            this.server = server;
            LeaderElection election = new(server.NewApi(Time), "lbspeaker-system", "me", ElectionTimes.Default, NullLogger<LeaderElection>.Instance);
            running = Task.Run(() => election.RunAsync(
                (won, leading) =>
                {
                    leads.Writer.TryWrite((won, leading));
                    return Task.Delay(Timeout.InfiniteTimeSpan, leading);
                },
                stop.Token));
        }

        public ObservedTime Time { get; } = new() { LongestPause = ElectionTimes.Default.RenewDeadline };

        /// <summary>The Lease is read, and then watched.</summary>
        public async Task<ScriptedWatch> FollowAsync(string lease)
        {
            Assert.DoesNotContain("watch", (await server.AnswerAsync(ScriptedServer.Json(lease))).Query.Keys);
            ScriptedWatch watch = new();
            SeenRequest watched = await server.AnswerAsync(watch.Response());
            Assert.Equal(("true", "metadata.name=lbspeaker-controller"), (watched.Query["watch"], watched.Query["fieldSelector"]));
            Time.Forget();
            return watch;
        }

        public Task<(Task Won, CancellationToken Token)> NextLeadAsync() => leads.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);

        public async ValueTask DisposeAsync()
        {
            // What it asks for when it gives the Lease back is answered or refused.
            server.Always = _ => ScriptedServer.Status(404, "none");
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience.Limit));
            server.Always = null;
            stop.Dispose();
        }
    }

    private sealed class SlowTime(TimeSpan cost) : FakeTimeProvider
    {
        private long looks;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Increment(ref looks) * cost.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond;
    }
}
