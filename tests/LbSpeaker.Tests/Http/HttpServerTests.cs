using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CsCheck;
using LbSpeaker.Http;
using LbSpeaker.Testing.Access;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Http;

/// <summary>The listener of this process: what it answers, and what clients that mean no good can do to it.</summary>
public sealed class HttpServerTests
{
    private const string Get = "GET /page HTTP/1.1\r\nHost: here\r\n\r\n";

    [Theory]
    [InlineData(Get, "HTTP/1.1 200 OK", "words")]
    [InlineData("GET /page?x=1 HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK", "words")]
    [InlineData("POST /page HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 405 Method Not Allowed", "only GET and HEAD")]
    [InlineData("GET /pages HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found", "known paths: /page")]
    [InlineData("GET /page\r\n\r\n", "HTTP/1.1 400 Bad Request", "this is no HTTP request")]
    [InlineData("GET /page HTTP/1.1\r\nno header\r\n\r\n", "HTTP/1.1 400 Bad Request", "a header without a name")]
    [InlineData("GET /page HTTP/1.1\r\nAuthorization: a\r\nauthorization: b\r\n\r\n", "HTTP/1.1 400 Bad Request", "two Authorization headers")]
    [InlineData("GET /page HTTP/1.1\r\nA: \0\r\n\r\n", "HTTP/1.1 400 Bad Request", "this is no HTTP request")]
    public async Task It_answers_one_request_and_closes(string request, string status, string line)
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start();
        string answer = await RunningEndpoint.AskAsync(await endpoint.ConnectAsync(), request);
        Assert.StartsWith(status + "\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith($"\r\nConnection: close\r\n\r\n{line}\n", answer, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {line.Length + 1}\r\n", answer, StringComparison.Ordinal);
        await endpoint.UntilConnectionsAsync(0);
    }

    [Fact]
    public async Task HEAD_is_answered_as_GET_is_without_what_follows_the_head()
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start();
        string answer = await RunningEndpoint.AskAsync(await endpoint.ConnectAsync(), Get);
        Assert.Equal(answer[..^"words\n".Length], await RunningEndpoint.AskAsync(await endpoint.ConnectAsync(), Get.Replace("GET", "HEAD", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_request_may_come_in_pieces()
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start();
        await using Stream stream = await endpoint.ConnectAsync();
        foreach (char octet in Get) await stream.WriteAsync(new[] { (byte)octet });
        Assert.EndsWith("words\n", await RunningEndpoint.ReadToEndAsync(stream), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_without_end_is_refused()
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start();
        string answer = await RunningEndpoint.AskAsync(await endpoint.ConnectAsync(), "GET /page HTTP/1.1\r\nA: " + new string('a', HttpRequestHead.Limit));
        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /page HTTP/1.1\r\nHost:")]
    public async Task Who_does_not_ask_in_time_is_cut_off(string beginning)
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start();
        await using Stream stream = await endpoint.ConnectAsync();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning));
        await endpoint.UntilConnectionsAsync(1);
        endpoint.Clock.Advance(HttpServer.AskLimit - TimeSpan.FromSeconds(1));
        Assert.Equal(1, endpoint.Endpoint.Connections);
        endpoint.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("", await RunningEndpoint.ReadToEndAsync(stream));
        await endpoint.UntilConnectionsAsync(0);
    }

    [Fact]
    public async Task An_answer_that_nobody_takes_ends_in_time()
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start(page: (_, _) => new(new HttpAnswer(200, new string('a', 64 << 20))));
        await using Stream stream = await endpoint.ConnectAsync();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Get));
        Assert.Equal('H', stream.ReadByte());
        endpoint.Clock.Advance(HttpServer.AnswerLimit);
        await endpoint.UntilConnectionsAsync(0);
    }

    [Fact]
    public async Task A_newcomer_takes_the_place_of_one_that_says_nothing()
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start();
        List<Stream> silent = [];
        for (int i = 0; i < HttpServer.MostConnections; i++) silent.Add(await endpoint.ConnectAsync());
        await endpoint.UntilConnectionsAsync(HttpServer.MostConnections);

        Assert.EndsWith("words\n", await RunningEndpoint.AskAsync(await endpoint.ConnectAsync(), Get), StringComparison.Ordinal);
        Assert.Equal("", await RunningEndpoint.ReadToEndAsync(silent[0]));
        // The others have their time still.
        Assert.EndsWith("words\n", await RunningEndpoint.AskAsync(silent[1], Get), StringComparison.Ordinal);
        foreach (Stream stream in silent) await stream.DisposeAsync();
        await endpoint.UntilConnectionsAsync(0);
    }

    [Fact]
    public async Task Where_all_are_being_answered_a_newcomer_is_turned_away()
    {
        TaskCompletionSource<HttpAnswer> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int asked = 0;
        await using RunningEndpoint endpoint = RunningEndpoint.Start(page: (_, _) =>
        {
            Interlocked.Increment(ref asked);
            return new(answer.Task);
        });
        List<Task<string>> waiting = [];
        for (int i = 0; i < HttpServer.MostConnections; i++) waiting.Add(RunningEndpoint.AskAsync(await endpoint.ConnectAsync(), Get));
        using CancellationTokenSource patience = new(Lab.LabCluster.Patience);
        while (Volatile.Read(ref asked) < HttpServer.MostConnections) await Task.Delay(1, patience.Token);

        Assert.Equal("", await RunningEndpoint.ReadToEndAsync(await endpoint.ConnectAsync()));
        answer.SetResult(new(200, "late\n"));
        Assert.All(await Task.WhenAll(waiting), a => Assert.EndsWith("late\n", a, StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_TLS_what_is_none_costs_nothing_but_its_connection()
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start(SelfSigned);
        byte[][] strangers = [Encoding.ASCII.GetBytes(Get), [], [22, 3, 1, 255, 255, 1], [.. Enumerable.Range(0, 4096).Select(i => (byte)i)]];
        foreach (byte[] octets in strangers)
        {
            await using Stream stream = await endpoint.ConnectAsync();
            await stream.WriteAsync(octets);
            if (octets.Length < 6)
            {
                await endpoint.UntilConnectionsAsync(1);
                endpoint.Clock.Advance(HttpServer.AskLimit);
            }
        }
        await Gen.Byte.Array[0, 600].SampleAsync(async octets =>
        {
            await using Stream stream = await endpoint.ConnectAsync();
            await stream.WriteAsync(octets);
        }, iter: 200, threads: 1);
        await endpoint.UntilConnectionsAsync(0);
        Assert.EndsWith("words\n", await RunningEndpoint.AskAsync(await endpoint.ConnectTlsAsync(), Get), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handshake_that_stops_half_way_is_cut_off_in_time()
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start(SelfSigned);
        await using Stream stream = await endpoint.ConnectAsync();
        await stream.WriteAsync(new byte[] { 22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3 });
        await endpoint.UntilConnectionsAsync(1);
        endpoint.Clock.Advance(HttpServer.AskLimit);
        await endpoint.UntilConnectionsAsync(0);
    }

    /// <summary>What is not a failure of the client's is one of ours, and ends the process.</summary>
    [Fact]
    public async Task A_fault_of_ours_is_thrown()
    {
        FakeTimeProvider clock = new();
        using HttpServer endpoint = HttpServer.Open(new(System.Net.IPAddress.Loopback, 0), "a port for a test", "one", new(new Dictionary<string, HttpPage> { ["/page"] = (_, _) => throw new InvalidTimeZoneException("ours") }), clock);
        using CancellationTokenSource stop = new();
        Task running = endpoint.RunAsync(stop.Token);
        using System.Net.Sockets.TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", endpoint.Url.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Get));
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => running.WaitAsync(Lab.LabCluster.Patience));
        await stop.CancelAsync();
    }

    [Fact]
    public async Task Without_a_folder_the_certificate_is_its_own_and_TLS_is_1_3()
    {
        await using RunningEndpoint endpoint = RunningEndpoint.Start(SelfSigned);
        await using SslStream stream = await endpoint.ConnectTlsAsync();
        Assert.Equal("CN=lbspeaker", stream.RemoteCertificate!.Subject);
        Assert.Equal(SslProtocols.Tls13, stream.SslProtocol);
    }

    [Fact]
    public async Task A_rotated_certificate_takes_effect_and_a_broken_one_does_not()
    {
        string folder = Directory.CreateTempSubdirectory("lbspeaker-cert-").FullName;
        try
        {
            using X509Certificate2 authority = CertificateMaker.Root("ca");
            Write("first");
            await using RunningEndpoint endpoint = RunningEndpoint.Start(clock => new(folder, allowsTls12: false, clock, NullLogger.Instance));
            Assert.Equal("CN=first", await SubjectAsync(endpoint));

            Write("second");
            Assert.Equal("CN=first", await SubjectAsync(endpoint));
            endpoint.Clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("CN=second", await SubjectAsync(endpoint));

            File.WriteAllText(Path.Combine(folder, "tls.crt"), "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n");
            endpoint.Clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("CN=second", await SubjectAsync(endpoint));
            File.Delete(Path.Combine(folder, "tls.key"));
            endpoint.Clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("CN=second", await SubjectAsync(endpoint));

            Write("third");
            endpoint.Clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("CN=third", await SubjectAsync(endpoint));

            void Write(string name)
            {
                using X509Certificate2 leaf = CertificateMaker.Leaf(authority, name, "localhost");
                File.WriteAllText(Path.Combine(folder, "tls.crt"), leaf.ExportCertificatePem() + "\n" + authority.ExportCertificatePem());
                File.WriteAllText(Path.Combine(folder, "tls.key"), leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_folder_without_a_certificate_is_a_bad_start()
    {
        StartException failure = Assert.Throws<StartException>(() => new ServerCertificate("/nonexistent", allowsTls12: false, TimeProvider.System, NullLogger.Instance));
        Assert.StartsWith("--metrics-cert-dir /nonexistent: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("; it is to hold tls.crt and tls.key, in PEM", failure.Message, StringComparison.Ordinal);
    }

    private static ServerCertificate SelfSigned(FakeTimeProvider clock) => new(null, allowsTls12: false, clock, NullLogger.Instance);

    private static async Task<string> SubjectAsync(RunningEndpoint endpoint)
    {
        await using SslStream stream = await endpoint.ConnectTlsAsync();
        return stream.RemoteCertificate!.Subject;
    }
}
