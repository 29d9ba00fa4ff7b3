using LbSpeaker.Http;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Observability;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Observability;

/// <summary>Who is let in to the metrics, and what it costs the API server.</summary>
public sealed class MetricsGuardTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly List<string> asked = [];
    private readonly MetricsGuard guard;
    private Func<string, CancellationToken, Task<AccessReview>> server = (_, _) => Task.FromResult(new AccessReview(AccessVerdict.Allowed, ""));

    public MetricsGuardTests() => guard = new((token, path, ct) =>
    {
        lock (asked) asked.Add($"{path} {token}");
        return server(token, ct);
    }, clock);

    public void Dispose() => guard.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic YWxpY2U6c2VjcmV0")]
    public async Task Without_a_bearer_token_nobody_is_asked(string? authorization)
    {
        HttpAnswer? answer = await guard.RefuseAsync(new("GET", "/metrics", authorization), default);
        Assert.Equal(new HttpAnswer(401, "a bearer token is needed\n"), answer);
        Assert.Empty(asked);
    }

    [Theory]
    [InlineData(AccessVerdict.Allowed, "", null, null)]
    [InlineData(AccessVerdict.Unknown, "", 403, "the API server does not know this token\n")]
    [InlineData(AccessVerdict.Forbidden, "mallory", 403, "mallory may not get /metrics: a ClusterRole with nonResourceURLs allows it\n")]
    [InlineData(AccessVerdict.Undecided, "no\nanswer", 503, "the API server does not say whether this token may: no answer\n")]
    public async Task Each_verdict_has_its_answer(AccessVerdict verdict, string detail, int? status, string? line)
    {
        server = (_, _) => Task.FromResult(new AccessReview(verdict, detail));
        Assert.Equal(status is { } code ? new HttpAnswer(code, line!) : null, await AskAsync("t"));
        Assert.Equal(["/metrics t"], asked);
    }

    [Fact]
    public async Task A_verdict_is_kept_for_a_while_and_an_absent_one_is_not()
    {
        await AskAsync("t");
        clock.Advance(MetricsGuard.Memory - TimeSpan.FromSeconds(1));
        server = (_, _) => Task.FromResult(new AccessReview(AccessVerdict.Undecided, "away"));
        Assert.Null(await AskAsync("t"));
        Assert.Single(asked);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(503, (await AskAsync("t"))?.Status);
        Assert.Equal(503, (await AskAsync("t"))?.Status);
        Assert.Equal(3, asked.Count);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        server = async (_, ct) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            throw new InvalidOperationException();
        };
        Task<HttpAnswer?> waiting = AskAsync("t");
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(new HttpAnswer(503, "the API server does not say whether this token may: no answer within 5 s\n"), await waiting);
    }

    [Fact]
    public async Task Many_tokens_are_asked_about_a_few_at_a_time_and_the_same_one_once()
    {
        TaskCompletionSource<AccessReview> verdict = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server = (_, _) => verdict.Task;
        Task<HttpAnswer?>[] waiting = [.. Enumerable.Range(0, 40).Select(i => AskAsync($"t{i % 20}"))];
        Assert.Equal(MetricsGuard.MostQuestions, asked.Count);
        verdict.SetResult(new(AccessVerdict.Unknown, ""));
        Assert.All(await Task.WhenAll(waiting), a => Assert.Equal(403, a?.Status));
        // Of two that were being asked about at once the second could not know.
        Assert.InRange(asked.Count, 20, 20 + MetricsGuard.MostQuestions);
    }

    [Fact]
    public async Task What_is_kept_is_bounded()
    {
        for (int i = 0; i < MetricsGuard.MostRemembered + 1; i++) await AskAsync($"t{i}");
        Assert.Equal(MetricsGuard.MostRemembered + 1, asked.Count);
        await AskAsync($"t{MetricsGuard.MostRemembered}");
        Assert.Equal(MetricsGuard.MostRemembered + 1, asked.Count);
        await AskAsync("t0");
        Assert.Equal(MetricsGuard.MostRemembered + 2, asked.Count);
    }

    private Task<HttpAnswer?> AskAsync(string token) => guard.RefuseAsync(new("GET", "/metrics", $"Bearer {token}"), default).AsTask();
}
