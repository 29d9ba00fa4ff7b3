using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using LbSpeaker.Http;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Http;

/// <summary>An endpoint that serves on a port of its own, on a clock that stands until a test moves it.</summary>
internal sealed class RunningEndpoint : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    private RunningEndpoint(HttpServer endpoint, FakeTimeProvider clock)
    {
        (Endpoint, Clock) = (endpoint, clock);
        running = endpoint.RunAsync(stop.Token);
    }

    public HttpServer Endpoint { get; }

    public FakeTimeProvider Clock { get; }

    public int Port => Endpoint.Url.Port;

    /// <param name="page">What <paramref name="path"/> answers; <c>words</c> where nothing is given.</param>
    public static RunningEndpoint Start(Func<FakeTimeProvider, ServerCertificate>? certificate = null, HttpPage? page = null, string path = "/page")
    {
        FakeTimeProvider clock = new(DateTimeOffset.UtcNow);
        HttpSite site = new(new Dictionary<string, HttpPage> { [path] = page ?? ((_, _) => new(new HttpAnswer(200, "words\n"))) }) { Certificate = certificate?.Invoke(clock) };
        return new(HttpServer.Open(new(IPAddress.Loopback, 0), "a port for a test", "one", site, clock), clock);
    }

    public async Task<Stream> ConnectAsync()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async Task<SslStream> ConnectTlsAsync()
    {
#pragma warning disable CA5359 // What is shown is looked at by the test.
        SslStream stream = new(await ConnectAsync(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync("localhost");
        return stream;
    }

    /// <summary>Sends text and reads until the other side ends.</summary>
    public static async Task<string> AskAsync(Stream stream, string request)
    {
        await using (stream)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
            return await ReadToEndAsync(stream);
        }
    }

    /// <summary>What comes until the other side ends, however it does that.</summary>
    public static async Task<string> ReadToEndAsync(Stream stream)
    {
        using MemoryStream all = new();
        try
        {
            await stream.CopyToAsync(all).WaitAsync(Lab.LabCluster.Patience);
        }
        catch (IOException)
        {
            // Reset.
        }
        return Encoding.UTF8.GetString(all.ToArray());
    }

    public async Task UntilConnectionsAsync(int count)
    {
        using CancellationTokenSource patience = new(Lab.LabCluster.Patience);
        while (Endpoint.Connections != count) await Task.Delay(1, patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        Endpoint.Dispose();
        stop.Dispose();
    }
}
