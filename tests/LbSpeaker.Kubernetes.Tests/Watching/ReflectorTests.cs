using System.Diagnostics.Metrics;
using System.Threading.Channels;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Tests.Fakes;
using LbSpeaker.Kubernetes.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace LbSpeaker.Kubernetes.Tests.Watching;

public sealed class ReflectorTests : IAsyncLifetime, IDisposable
{
    private readonly ScriptedServer server = new();
    private readonly ObservedTime time = new();
    private readonly Channel<ClusterChange> mailbox = Channel.CreateUnbounded<ClusterChange>();
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Meter meter = new(KubernetesMetrics.MeterName);
    private readonly KubernetesMetrics metrics;
    private Task running = Task.CompletedTask;

    public ReflectorTests() => metrics = new(Mock.Of<IMeterFactory>(f => f.Create(It.IsAny<MeterOptions>()) == meter));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience.Limit));
    }

    public void Dispose()
    {
        stop.Dispose();
        metrics.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task A_list_comes_in_pages_and_deletions_are_told_after_the_last()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", "", Service("a"), Service("b"), Service("c")));
        await Expect("+a", "+b", "+c");
        await synced.Task.WaitAsync(Patience.Limit);
        ScriptedWatch watch = await OpenWatch("10");
        await watch.EventAsync("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version: 10 (273)"}""");
        await time.PassNextPauseAsync();

        SeenRequest first = await server.AnswerAsync(ScriptedServer.List("20", "tok/en=", Service("c")));
        Assert.Equal("500", first.Query["limit"]);
        Assert.False(first.Query.ContainsKey("continue"));
        await Expect("+c");
        SeenRequest second = await server.AnswerAsync(ScriptedServer.List("20", "", Service("a")));
        Assert.Equal("tok/en=", second.Query["continue"]);
        await Expect("+a", "-b");
        await OpenWatch("20");
    }

    [Fact]
    public async Task An_expired_continue_token_begins_the_list_anew_and_loses_nothing()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", "t1", Service("a")));
        await server.AnswerAsync(ScriptedServer.Status(410, "The provided continue parameter is too old"));
        await time.PassNextPauseAsync();
        SeenRequest again = await server.AnswerAsync(ScriptedServer.List("12", "", Service("b")));
        Assert.False(again.Query.ContainsKey("continue"));
        await Expect("+a", "+b", "-a");
        await OpenWatch("12");
    }

    [Fact]
    public async Task Events_and_bookmarks_move_the_version_from_which_the_next_watch_resumes()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        ScriptedWatch watch = await OpenWatch("10");
        await watch.EventAsync("ADDED", Service("a", "11"));
        await watch.EventAsync("MODIFIED", Service("a", "12"));
        await watch.EventAsync("DELETED", Service("a", "13"));
        await watch.EventAsync("BOOKMARK", """{"kind":"Service","metadata":{"resourceVersion":"40"}}""");
        await watch.CloseAsync();
        await Expect("+a", "+a", "-a");
        // No pause: the server ends every watch after a while.
        await OpenWatch("40");
    }

    [Fact]
    public async Task A_watch_that_breaks_in_the_middle_of_a_line_resumes_after_the_last_whole_one()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        ScriptedWatch watch = await OpenWatch("10");
        string line = $$"""{"type":"ADDED","object":{{Service("a", "11")}}}""" + "\n";
        await watch.SendAsync(line + line[..30]);
        await Expect("+a");
        await watch.BreakAsync();
        await time.PassNextPauseAsync();
        ScriptedWatch resumed = await OpenWatch("11");
        await resumed.EventAsync("ADDED", Service("b", "12"));
        await Expect("+b");
    }

    [Fact]
    public async Task A_line_that_comes_in_single_bytes_is_read_as_one()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        ScriptedWatch watch = await OpenWatch("10");
        foreach (char c in $$"""{"type":"ADDED","object":{{Service("a", "11")}}}""" + "\n") await watch.SendAsync(c.ToString());
        await Expect("+a");
    }

    [Fact]
    public async Task A_watch_that_is_refused_at_once_again_and_again_is_asked_for_ever_less_often()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        List<TimeSpan> pauses = [];
        for (int i = 0; i < 8; i++)
        {
            ScriptedWatch watch = await OpenWatch("10");
            await watch.EventAsync("ERROR", """{"kind":"Status","code":410,"reason":"Expired"}""");
            pauses.Add(await time.PassNextPauseAsync());
            await server.AnswerAsync(ScriptedServer.List("10", ""));
        }
        Assert.Equal([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6], pauses.Select(p => p.TotalSeconds));
        await OpenWatch("10");
    }

    [Fact]
    public async Task The_servers_wish_to_be_asked_later_is_kept()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.Status(429, "too many requests", TimeSpan.FromSeconds(7)));
        Assert.Equal(TimeSpan.FromSeconds(7), await time.PassNextPauseAsync());
        await server.AnswerAsync(ScriptedServer.Status(500, "etcdserver: leader changed"));
        Assert.Equal(TimeSpan.FromSeconds(0.4), await time.PassNextPauseAsync());
        await server.FailAsync();
        Assert.Equal(TimeSpan.FromSeconds(0.8), await time.PassNextPauseAsync());
        await server.AnswerAsync(ScriptedServer.Json("""{"kind":"ServiceList","items":[{"metadata":"""));
        Assert.Equal(TimeSpan.FromSeconds(1.6), await time.PassNextPauseAsync());
        await server.AnswerAsync(ScriptedServer.List("10", "", Service("a")));
        await Expect("+a");
        await OpenWatch("10");
    }

    [Fact]
    public async Task Objects_of_a_wrong_shape_never_stop_the_watch()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", "", "7", """{"metadata":"x"}""", """{"metadata":{"name":"odd","namespace":"shop"},"spec":[],"status":7}""", Service("a")));
        await Expect("+odd", "+a");
        ScriptedWatch watch = await OpenWatch("10");
        await watch.EventAsync("ADDED", "7");
        await watch.EventAsync("STRANGE", Service("z", "11"));
        await watch.SendAsync("[]\n\n");
        await watch.EventAsync("MODIFIED", """{"metadata":{"name":"odd","namespace":"shop","labels":[1]},"spec":{"type":5,"ports":{}}}""");
        await watch.EventAsync("ADDED", Service("b", "12"));
        await Expect("+odd", "+b");
    }

    [Fact]
    public async Task A_whole_line_that_is_no_JSON_leads_to_a_new_list()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        ScriptedWatch watch = await OpenWatch("10");
        await watch.SendAsync("upstream request timeout\n");
        await time.PassNextPauseAsync();
        await server.AnswerAsync(ScriptedServer.List("11", "", Service("a")));
        await Expect("+a");
        await OpenWatch("11");
    }

    [Fact]
    public async Task A_watch_that_the_server_forgets_to_end_is_ended_by_the_guard()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        await OpenWatch("10");
        time.Advance(TimeSpan.FromSeconds(316));
        await time.PassNextPauseAsync();
        await OpenWatch("10");
    }

    [Fact]
    public async Task A_missing_custom_resource_definition_is_asked_for_calmly()
    {
        Start(WatchTarget.Of(ClusterKind.IPAddressPool, "lbspeaker-system"));
        for (int i = 0; i < 3; i++)
        {
            SeenRequest request = await server.AnswerAsync(ScriptedServer.Status(404, "the server could not find the requested resource"));
            Assert.Equal("apis/metallb.io/v1beta1/namespaces/lbspeaker-system/ipaddresspools", request.Path);
            Assert.Equal(TimeSpan.FromSeconds(10), await time.PassNextPauseAsync());
        }
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        await OpenWatch("10");
    }

    [Fact]
    public async Task Secrets_that_may_not_be_read_count_as_none_until_they_may()
    {
        Start(WatchTarget.Of(ClusterKind.Secret, "metallb-system"));
        for (int i = 0; i < 2; i++)
        {
            SeenRequest request = await server.AnswerAsync(ScriptedServer.Status(403, "secrets is forbidden"));
            Assert.Equal(("api/v1/namespaces/metallb-system/secrets", "type=kubernetes.io/basic-auth"), (request.Path, request.Query["fieldSelector"]));
            await synced.Task.WaitAsync(Patience.Limit);
            Assert.Equal(TimeSpan.FromSeconds(10), await time.PassNextPauseAsync());
        }
        await server.AnswerAsync(ScriptedServer.List("10", "", """{"metadata":{"name":"a","namespace":"metallb-system"},"type":"kubernetes.io/basic-auth","data":{"password":"c2VjcmV0"}}"""));
        await Expect("+a");
        ScriptedWatch watch = await OpenWatch("10");
        await watch.EventAsync("ERROR", """{"kind":"Status","code":410,"reason":"Expired","message":"too old"}""");
        await time.PassNextPauseAsync();
        await server.AnswerAsync(ScriptedServer.Status(403, "secrets is forbidden"));
        await Expect("-a");
    }

    [Fact]
    public async Task What_a_daemon_cannot_do_without_is_waited_for_when_it_is_forbidden()
    {
        Start();
        await server.AnswerAsync(ScriptedServer.Status(403, "services is forbidden"));
        await time.PassNextPauseAsync();
        Assert.False(synced.Task.IsCompleted);
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        await synced.Task.WaitAsync(Patience.Limit);
        await OpenWatch("10");
    }

    [Fact]
    public async Task A_slice_that_loses_its_Service_is_gone()
    {
        Start(WatchTarget.Of(ClusterKind.EndpointSlice));
        SeenRequest list = await server.AnswerAsync(ScriptedServer.List("10", "", """{"metadata":{"name":"s","namespace":"shop","labels":{"kubernetes.io/service-name":"a"}}}"""));
        Assert.Equal("kubernetes.io/service-name,!service.kubernetes.io/headless", list.Query["labelSelector"]);
        await Expect("+s");
        ScriptedWatch watch = await OpenWatch("10");
        await watch.EventAsync("MODIFIED", """{"metadata":{"name":"s","namespace":"shop"}}""");
        await Expect("-s");
    }

    [Fact]
    public async Task How_long_the_server_has_been_silent_is_told_while_the_kind_is_watched()
    {
        Assert.Empty(Silences());
        Start();
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        ScriptedWatch watch = await OpenWatch("10");
        await watch.EventAsync("ADDED", Service("b"));
        await Expect("+b");
        Assert.Equal(0, Silences()["Service"]);
        time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(90, Silences()["Service"]);
        await watch.EventAsync("BOOKMARK", """{"metadata":{"resourceVersion":"12"}}""");
        await watch.EventAsync("ADDED", """{"metadata":{"name":"a","namespace":"shop","resourceVersion":"13"}}""");
        await Expect("+a");
        Assert.Equal(0, Silences()["Service"]);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience.Limit));
        Assert.Empty(Silences());
    }

    [Fact]
    public async Task A_watch_of_Leases_rests_after_what_came_in_and_takes_together_what_comes_meanwhile()
    {
        WatchTarget leases = WatchTarget.Of(ClusterKind.SpeakerLease, "lbspeaker-system");
        Start(leases);
        await server.AnswerAsync(ScriptedServer.List("10", ""));
        ScriptedWatch watch = await OpenWatch("10");
        await watch.EventAsync("ADDED", Lease("a", "11"));
        await Expect("+a");
        Assert.Equal(leases.Rest, await time.NextPauseAsync());
        await watch.EventAsync("ADDED", Lease("b", "12"));
        await watch.EventAsync("ADDED", Lease("c", "13"));
        Assert.False(mailbox.Reader.TryRead(out _));
        time.Advance(leases.Rest);
        await Expect("+b", "+c");
        // One rest for both.
        await time.PassNextPauseAsync();
        await watch.EventAsync("ADDED", Lease("d", "14"));
        await Expect("+d");
        Assert.Equal(leases.Rest, await time.NextPauseAsync());

        static string Lease(string name, string version) =>
            $$$"""{"metadata":{"name":"{{{name}}}","namespace":"lbspeaker-system","resourceVersion":"{{{version}}}","labels":{"{{{ApiNames.SpeakerNodeLabel}}}":"{{{name}}}"}},"spec":{"holderIdentity":"{{{name}}}"}}""";
    }

    private Dictionary<string, double> Silences()
    {
        Dictionary<string, double> silences = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == meter && instrument.Name == "lbspeaker_k8s_silence_seconds") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => silences[(string)tags[0].Value!] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return silences;
    }

    private void Start(WatchTarget? target = null) => running = Task.Run(() => new Reflector(
        server.NewApi(time), target ?? WatchTarget.Of(ClusterKind.Service), mailbox.Writer, synced.SetResult, metrics, NullLogger.Instance, () => 0).RunAsync(stop.Token));

    private async Task<ScriptedWatch> OpenWatch(string version)
    {
        ScriptedWatch watch = new();
        SeenRequest request = await server.AnswerAsync(watch.Response());
        Assert.Equal("true", request.Query["watch"]);
        Assert.Equal("true", request.Query["allowWatchBookmarks"]);
        Assert.Equal("300", request.Query["timeoutSeconds"]);
        Assert.Equal(version, request.Query["resourceVersion"]);
        return watch;
    }

    private async Task Expect(params string[] changes)
    {
        foreach (string expected in changes)
        {
            ClusterChange change = await mailbox.Reader.ReadAsync().AsTask().WaitAsync(Patience.Limit);
            Assert.Equal(expected, change switch
            {
                ClusterChange.Upserted upserted => $"+{upserted.Record.Key.Name}",
                ClusterChange.Removed removed => $"-{removed.Key.Name}",
                _ => change.ToString(),
            });
        }
        Assert.False(mailbox.Reader.TryRead(out ClusterChange? more), $"and then {more}");
    }

    private static string Service(string name, string version = "5") =>
        $$$"""{"kind":"Service","metadata":{"name":"{{{name}}}","namespace":"shop","resourceVersion":"{{{version}}}"},"spec":{"type":"LoadBalancer"}}""";
}
