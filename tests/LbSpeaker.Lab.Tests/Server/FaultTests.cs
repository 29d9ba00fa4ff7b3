using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>Watches and what goes wrong on request.</summary>
public sealed class FaultTests : IAsyncLifetime, IDisposable
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private ApiServer _server = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync(new ApiServerOptions { Time = _time, BookmarkInterval = TimeSpan.FromSeconds(30), HistoryLength = 8 }, CancellationToken.None);
        _client = new HttpClient { BaseAddress = _server.BaseAddress };
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_dropped_watch_ends_after_a_whole_line()
    {
        using var watch = await WatchLines.OpenAsync(_client, Maps + "?watch=1");
        await CreateAsync("one");
        Assert.Equal("ADDED one", await watch.NextTextAsync());
        Assert.Equal(1, _server.Faults.DropWatches(WatchDrop.Clean, "configmaps"));
        Assert.Equal("end", await watch.NextTextAsync());
    }

    [Fact]
    public async Task A_watch_dropped_in_the_middle_of_a_line_breaks()
    {
        using var watch = await WatchLines.OpenAsync(_client, Maps + "?watch=1");
        await CreateAsync("one");
        Assert.Equal("ADDED one", await watch.NextTextAsync());
        _server.Faults.DropWatches(WatchDrop.MidLine);
        await Assert.ThrowsAnyAsync<Exception>(watch.NextAsync);
    }

    [Fact]
    public async Task A_watch_goes_on_from_the_revision_it_was_dropped_at()
    {
        var first = await CreateAsync("one");
        await CreateAsync("two");
        using var watch = await WatchLines.OpenAsync(_client, $"{Maps}?watch=1&resourceVersion={first}");
        Assert.Equal("ADDED two", await watch.NextTextAsync());
    }

    [Fact]
    public async Task After_a_compaction_an_old_watch_gets_410_and_the_newest_revision_goes_on()
    {
        var old = await CreateAsync("one");
        await CreateAsync("two");
        _server.Faults.Compact();
        using var late = await WatchLines.OpenAsync(_client, $"{Maps}?watch=1&resourceVersion={old}");
        Assert.Equal(410, (await late.NextAsync())!["object"]!["code"]!.GetValue<int>());
        Assert.Equal("end", await late.NextTextAsync());
        using var fresh = await WatchLines.OpenAsync(_client, $"{Maps}?watch=1&resourceVersion={_server.ResourceVersion}");
        await CreateAsync("three");
        Assert.Equal("ADDED three", await fresh.NextTextAsync());
    }

    [Fact]
    public async Task A_continue_token_from_before_a_compaction_is_refused_with_a_new_one()
    {
        await CreateAsync("one");
        await CreateAsync("two");
        var page = await _client.GetFromJsonAsync<JsonNode>(Maps + "?limit=1");
        await CreateAsync("three");
        _server.Faults.Compact();
        var refused = await _client.GetAsync($"{Maps}?limit=5&continue={page!["metadata"]!["continue"]}");
        Assert.Equal(HttpStatusCode.Gone, refused.StatusCode);
        var token = (await refused.Content.ReadFromJsonAsync<JsonNode>())!["metadata"]!["continue"];
        var rest = await _client.GetFromJsonAsync<JsonNode>($"{Maps}?limit=5&continue={token}");
        Assert.Equal(["three", "two"], rest!["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Bookmarks_come_at_their_interval_and_the_watch_ends_at_its_timeout()
    {
        using var watch = await WatchLines.OpenAsync(_client, $"{Maps}?watch=1&resourceVersion={_server.ResourceVersion}&allowWatchBookmarks=true&timeoutSeconds=40");
        await CreateAsync("one");
        Assert.Equal("ADDED one", await watch.NextTextAsync());
        _time.Advance(TimeSpan.FromSeconds(30));
        var bookmark = await watch.NextAsync();
        Assert.Equal("BOOKMARK", bookmark!["type"]!.GetValue<string>());
        Assert.Equal(_server.ResourceVersion.ToString(System.Globalization.CultureInfo.InvariantCulture), bookmark["object"]!["metadata"]!["resourceVersion"]!.GetValue<string>());
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("end", await watch.NextTextAsync());
    }

    [Fact]
    public async Task The_next_matching_requests_are_refused_and_then_no_more()
    {
        _server.Faults.FailNext(2, 429, new RequestMatch("GET", "configmaps"), TimeSpan.FromSeconds(3));
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("/api/v1/namespaces")).StatusCode);
        var refused = await _client.GetAsync(Maps);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), refused.Headers.RetryAfter!.Delta);
        Assert.Equal("TooManyRequests", (await refused.Content.ReadFromJsonAsync<JsonNode>())!["reason"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.TooManyRequests, (await _client.GetAsync(Maps)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(Maps)).StatusCode);
    }

    [Fact]
    public async Task A_slow_answer_comes_when_its_time_is_over()
    {
        _server.Faults.Delay(TimeSpan.FromSeconds(20), new RequestMatch(Plural: "configmaps"), count: 1);
        var slow = _client.GetAsync(Maps);
        await _client.GetAsync("/api/v1/namespaces");
        Assert.False(slow.IsCompleted);
        while (!slow.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            await Task.WhenAny(slow, _client.GetAsync("/version"));
        }
        Assert.Equal(HttpStatusCode.OK, (await slow).StatusCode);
    }

    [Fact]
    public async Task Stale_reads_answer_an_older_state_while_watches_are_true()
    {
        await CreateAsync("one");
        _server.Faults.BeginStaleReads();
        using var watch = await WatchLines.OpenAsync(_client, $"{Maps}?watch=1&resourceVersion={_server.ResourceVersion}");
        await CreateAsync("two");
        Assert.Equal("ADDED two", await watch.NextTextAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(Maps + "/two")).StatusCode);
        Assert.Single((await _client.GetFromJsonAsync<JsonNode>(Maps))!["items"]!.AsArray());
        _server.Faults.EndStaleReads();
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(Maps + "/two")).StatusCode);
    }

    [Fact]
    public async Task In_an_outage_connections_are_reset_until_it_is_over()
    {
        using var watch = await WatchLines.OpenAsync(_client, Maps + "?watch=1");
        var told = await _client.PostAsync("/lab/faults/compact", null);
        Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        _server.Faults.Outage(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAnyAsync<Exception>(async () => { if (await watch.NextAsync() is null) throw new IOException("ended"); });
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _client.GetAsync(Maps));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(Maps)).StatusCode);
    }

    [Fact]
    public async Task Faults_can_be_set_over_http()
    {
        await _client.PostAsync("/lab/faults/fail?count=1&code=500&resource=configmaps", null);
        Assert.Equal(HttpStatusCode.InternalServerError, (await _client.GetAsync(Maps)).StatusCode);
        await _client.PostAsync("/lab/faults/fail?count=9&code=500", null);
        await _client.DeleteAsync("/lab/faults");
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync(Maps)).StatusCode);
    }

    [Fact]
    public async Task A_watch_from_before_the_kept_history_gets_410()
    {
        var old = await CreateAsync("m0");
        for (var i = 1; i < 12; i++) await CreateAsync($"m{i}");
        using var watch = await WatchLines.OpenAsync(_client, $"{Maps}?watch=1&resourceVersion={old}");
        Assert.Equal("Expired", (await watch.NextAsync())!["object"]!["reason"]!.GetValue<string>());
    }

    private async Task<string> CreateAsync(string name)
    {
        using var content = new StringContent($"{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"{name}\"}}}}", Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(Maps, content);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!["metadata"]!["resourceVersion"]!.GetValue<string>();
    }
}
