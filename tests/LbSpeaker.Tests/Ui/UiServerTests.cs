using System.Net;
using System.Net.Sockets;
using System.Text;
using LbSpeaker.Http;
using LbSpeaker.Ui;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Ui;

/// <summary>What the page's server answers to whom, over real sockets on loopback; its clock is the test's.</summary>
public sealed class UiServerTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider time = new(DateTimeOffset.Parse("2026-03-01T12:00:00Z", null));
    private readonly GivenSource source = new(new(null, "the first"));
    private readonly UiBoard board;
    private readonly HttpServer server;
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    public UiServerTests()
    {
        board = new(source, time);
        server = UiServer.Open(new(IPAddress.Loopback, 0), "--listen", board, time);
        running = server.RunAsync(stop.Token);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1|Host: 127.0.0.1", "200", "<!doctype html>")]
    [InlineData("GET / HTTP/1.0|Host: localhost:8080", "200", "<!doctype html>")]
    [InlineData("GET /ui.js HTTP/1.1|Host: [::1]:9", "200", "'use strict'")]
    [InlineData("GET /ui.css HTTP/1.1|host:127.0.0.1", "200", "prefers-color-scheme")]
    [InlineData("GET /icon.svg HTTP/1.1|Host: 127.0.0.1", "200", "<svg")]
    [InlineData("GET /view.json HTTP/1.1|Host: 127.0.0.1", "200", "\"trouble\":\"the first\"")]
    [InlineData("GET /services.json?find=a%22%3C&from=-1 HTTP/1.1|Host: 127.0.0.1", "200", "\"total\":0")]
    [InlineData("HEAD /ui.js HTTP/1.1|Host: 127.0.0.1", "200", "")]
    [InlineData("HEAD /events HTTP/1.1|Host: 127.0.0.1", "200", "")]
    [InlineData("POST /view.json HTTP/1.1|Host: 127.0.0.1", "405", "only GET and HEAD")]
    [InlineData("DELETE / HTTP/1.1|Host: 127.0.0.1", "405", "only GET and HEAD")]
    [InlineData("GET /ui.js/../../etc/passwd HTTP/1.1|Host: 127.0.0.1", "404", "known paths")]
    [InlineData("GET /%2e%2e/secret HTTP/1.1|Host: 127.0.0.1", "404", "known paths")]
    [InlineData("GET / HTTP/1.1|Host: evil.example", "421", "Host header")]
    [InlineData("GET / HTTP/1.1|Host: 127.0.0.1.evil.example", "421", "Host header")]
    [InlineData("GET / HTTP/1.1|Host: evil.example@127.0.0.1", "421", "Host header")]
    [InlineData("GET / HTTP/1.1|Host: 192.0.2.1", "421", "Host header")]
    [InlineData("GET / HTTP/1.1|Accept: */*", "421", "Host header")]
    [InlineData("GET / HTTP/1.1|Host: 127.0.0.1|Host: 127.0.0.1", "400", "two Host headers")]
    [InlineData("GET /view.json HTTP/1.1|Host: 127.0.0.1|Sec-Fetch-Site: cross-site", "403", "other sites")]
    [InlineData("GET /events HTTP/1.1|Host: localhost|Sec-Fetch-Site: same-site", "403", "other sites")]
    [InlineData("GET / HTTP/1.1|Host: localhost|Sec-Fetch-Site: cross-site", "200", "<!doctype html>")]
    [InlineData("GET /view.json HTTP/1.1|Host: localhost|Sec-Fetch-Site: same-origin", "200", "the first")]
    [InlineData("GET / HTTP/2.0|Host: 127.0.0.1", "400", "no HTTP request")]
    [InlineData("GET http://127.0.0.1/ HTTP/1.1|Host: 127.0.0.1", "400", "no HTTP request")]
    [InlineData("nonsense", "400", "no HTTP request")]
    [InlineData("GET / HTTP/1.1|no colon", "400", "a header without a name")]
    public async Task A_request_has_its_answer(string request, string status, string body)
    {
        string answer = await AskAsync(request);
        string[] parts = answer.Split("\r\n\r\n", 2);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Security-Policy: default-src 'none'; script-src 'self';", parts[0], StringComparison.Ordinal);
        Assert.Contains("X-Content-Type-Options: nosniff", parts[0], StringComparison.Ordinal);
        Assert.Equal(status == "405", parts[0].Contains("Allow: GET, HEAD", StringComparison.Ordinal));
        if (body.Length == 0) Assert.Equal("", parts[1]); else Assert.Contains(body, parts[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0", "192.0.2.7:80", true)]
    [InlineData("0.0.0.0", "localhost", true)]
    [InlineData("0.0.0.0", "node-a.example", false)]
    [InlineData("::", "[2001:db8::1]:80", true)]
    [InlineData("192.0.2.7", "192.0.2.7:9122", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("192.0.2.7", "localhost", false)]
    [InlineData("192.0.2.7", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "LOCALHOST:1", true)]
    [InlineData("127.0.0.1", "localhost.", false)]
    [InlineData("127.0.0.1", "", false)]
    [InlineData("127.0.0.1", "127.0.0.1/x", false)]
    public void A_Host_header_must_name_the_listener(string listening, string host, bool isOurs) =>
        Assert.Equal(isOurs, UiServer.IsFor(host, IPAddress.Parse(listening)));

    [Fact]
    public async Task A_head_without_end_is_refused_and_one_that_does_not_come_is_waited_for_a_bounded_time()
    {
        Assert.StartsWith("HTTP/1.1 431 ", await AskRawAsync("GET / HTTP/1.1\r\nX: " + new string('x', HttpRequestHead.Limit)), StringComparison.Ordinal);
        using Socket silent = await ConnectAsync();
        await silent.SendAsync(Encoding.ASCII.GetBytes("GET / HT"));
        Task<string> end = ReadToEndAsync(silent);
        await UntilAsync(() => end.IsCompleted, TimeSpan.FromSeconds(2));
        Assert.Equal("", await end);
        // Nobody else had to wait.
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync("GET / HTTP/1.1|Host: 127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_tells_each_state_once_and_that_it_lives()
    {
        using Socket client = await FollowAsync();
        Reader reader = new(client);
        string first = await reader.UntilAsync("\n\n", 2);
        Assert.Contains("event: pulse\ndata: 2026-03-01T12:00:00.000Z\n\n", first, StringComparison.Ordinal);
        Assert.Contains("id: 1\nevent: view\ndata: {\"source\":\"given\",\"trouble\":\"the first\"", first, StringComparison.Ordinal);
        Assert.Equal(1, source.Looks);

        source.Now = new(null, "the\n\nevent: second");
        await UntilAsync(() => reader.Has("id: 2"), UiBoard.Interval);
        Assert.Contains("event: view\ndata: {\"source\":\"given\",\"trouble\":\"the\\n\\nevent: second\"", reader.Text, StringComparison.Ordinal);
        int pulses = reader.Count("event: pulse");
        await UntilAsync(() => reader.Count("event: pulse") >= pulses + 2, UiBoard.Interval);
        Assert.Equal(2, reader.Count("event: view"));
    }

    [Fact]
    public async Task Streams_are_few_and_who_leaves_makes_room()
    {
        List<Socket> clients = [];
        for (int i = 0; i < HttpServer.MostStreams; i++)
        {
            clients.Add(await FollowAsync());
            await new Reader(clients[^1]).UntilAsync("event: view", 1);
        }
        Assert.StartsWith("HTTP/1.1 503 ", await AskAsync("GET /events HTTP/1.1|Host: 127.0.0.1"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync("GET / HTTP/1.1|Host: 127.0.0.1"), StringComparison.Ordinal);
        clients[0].Dispose();
        Reader? reader = null;
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (reader?.Has("event: view") != true && System.Diagnostics.Stopwatch.GetElapsedTime(began) < Patience)
        {
            time.Advance(UiBoard.Interval);
            clients.Add(await FollowAsync());
            reader = new(clients[^1]);
            await reader.UntilAsync("HTTP/1.1", 1);
            if (reader.Has("200")) await reader.UntilAsync("event: view", 1);
        }
        Assert.True(reader!.Has("event: view"));
        foreach (Socket client in clients) client.Dispose();
    }

    [Fact]
    public async Task A_reader_that_does_not_read_is_dropped_and_holds_up_nobody()
    {
        source.Now = new(null, new string('x', 32 << 20));
        using Socket slow = await FollowAsync();
        await UntilAsync(() => slow.Available > 1000, TimeSpan.Zero);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync("GET /ui.js HTTP/1.1|Host: 127.0.0.1"), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(11));
        // What was on its way comes, and then the end: it was not sent to the end.
        string got = "";
        try
        {
            got = await ReadToEndAsync(slow);
        }
        catch (SocketException)
        {
            // Or the connection is reset at once.
        }
        Assert.True(got.Length < 32 << 20, $"{got.Length} octets came");
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync("GET /ui.js HTTP/1.1|Host: 127.0.0.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_is_named_and_what_can_be_done()
    {
        StartException failure = Assert.Throws<StartException>(() => UiServer.Open(new(IPAddress.Loopback, server.Url.Port), "--ui-listen", board, time));
        Assert.Contains($"cannot listen on 127.0.0.1:{server.Url.Port}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--ui-listen ADDRESS:PORT", failure.Message, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_bug_in_the_view_ends_the_server_and_is_thrown()
    {
        source.Now = null!;
        await AskAsync("GET /view.json HTTP/1.1|Host: 127.0.0.1");
        await Assert.ThrowsAsync<NullReferenceException>(() => running.WaitAsync(Patience));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        server.Dispose();
        board.Dispose();
        stop.Dispose();
    }

    private async Task<Socket> ConnectAsync()
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, server.Url.Port);
        return client;
    }

    private async Task<Socket> FollowAsync()
    {
        Socket client = await ConnectAsync();
        await client.SendAsync("GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"u8.ToArray());
        return client;
    }

    /// <param name="lines">The head, its lines between bars.</param>
    private Task<string> AskAsync(string lines) => AskRawAsync(lines.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n\r\n");

    private async Task<string> AskRawAsync(string request)
    {
        using Socket client = await ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes(request));
        return await ReadToEndAsync(client).WaitAsync(Patience);
    }

    private static async Task<string> ReadToEndAsync(Socket client)
    {
        using NetworkStream stream = new(client, ownsSocket: false);
        using StreamReader reader = new(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    /// <summary>Lets the server's time pass until something holds.</summary>
    private async Task UntilAsync(Func<bool> holds, TimeSpan step)
    {
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(began) < Patience, "it does not come");
            time.Advance(step);
            await Task.Delay(5);
        }
    }

    /// <summary>Gathers all that comes.</summary>
    private sealed class Reader
    {
        private readonly Lock gate = new();
        private readonly StringBuilder text = new();

        public Reader(Socket client) => _ = GatherAsync(client);

        public string Text
        {
            get
            {
                lock (gate) return text.ToString();
            }
        }

        public bool Has(string part) => Text.Contains(part, StringComparison.Ordinal);

        public int Count(string part) => Text.Split(part).Length - 1;

        public async Task<string> UntilAsync(string part, int times)
        {
            long began = System.Diagnostics.Stopwatch.GetTimestamp();
            while (Count(part) < times)
            {
                Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(began) < Patience, $"no {part} in {Text}");
                await Task.Delay(5);
            }
            return Text;
        }

        private async Task GatherAsync(Socket client)
        {
            byte[] buffer = new byte[65536];
            try
            {
                while (await client.ReceiveAsync(buffer) is > 0 and var read)
                    lock (gate) text.Append(Encoding.UTF8.GetString(buffer.AsSpan(0, read)));
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
