using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using LbSpeaker.Observability;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Observability;

/// <summary>An endpoint that serves on a port of its own, on a clock that stands until a test moves it.</summary>
internal sealed class RunningEndpoint : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    private RunningEndpoint(HttpEndpoint endpoint, FakeTimeProvider clock)
    {
        (Endpoint, Clock) = (endpoint, clock);
        running = endpoint.RunAsync(stop.Token);
    }

    public HttpEndpoint Endpoint { get; }

    public FakeTimeProvider Clock { get; }

    public int Port { get; private set; }

    /// <param name="page">What <paramref name="path"/> answers; <c>words</c> where nothing is given.</param>
    public static async Task<RunningEndpoint> StartAsync(Func<FakeTimeProvider, ServerCertificate>? certificate = null, Func<HttpRequest, CancellationToken, ValueTask<HttpAnswer>>? page = null, string path = "/page")
    {
        FakeTimeProvider clock = new(DateTimeOffset.UtcNow);
        RunningEndpoint made = new(new("a test", 0, allInterfaces: false, certificate?.Invoke(clock), new Dictionary<string, Func<HttpRequest, CancellationToken, ValueTask<HttpAnswer>>>
        {
            [path] = page ?? ((_, _) => new(new HttpAnswer(200, "words\n"))),
        }, clock), clock);
        made.Port = await made.Endpoint.Port;
        return made;
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
        stop.Dispose();
    }
}
