using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace LbSpeaker.Observability;

/// <summary>
/// A small HTTP listener for probes and metrics, with or without TLS: GET of a few fixed paths, one request a connection. The web stack would cost a third of the
/// speaker's memory, and the framework's small listener knows neither TLS nor limits.
/// </summary>
/// <remarks>Whoever connects can cost no more than a fixed number of connections for a fixed time; one that has not asked yet makes room for a newcomer.</remarks>
/// <param name="port">1 to 65535; 0 for any that is free (see <see cref="Port"/>).</param>
/// <param name="allInterfaces">Loopback alone unless asked otherwise.</param>
/// <param name="certificate">Null for plain HTTP.</param>
internal sealed class HttpEndpoint(
    string purpose, int port, bool allInterfaces, ServerCertificate? certificate, IReadOnlyDictionary<string, Func<HttpRequest, CancellationToken, ValueTask<HttpAnswer>>> pages, TimeProvider time)
{
    /// <summary>Two Prometheus servers and a kubelet need three.</summary>
    public const int MostConnections = 32;

    /// <summary>For the handshake and the head of the request together, and for the answer.</summary>
    public static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5), AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Before something that could not be accepted is tried again: no descriptors are left, for one.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly List<Connection> connections = [];
    private readonly TaskCompletionSource failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The port that is listened on, once it is.</summary>
    public Task<int> Port => listening.Task;

    /// <summary>How many connections are open.</summary>
    public int Connections
    {
        get
        {
            lock (gate) return connections.Count;
        }
    }

    /// <summary>Serves until cancelled. A failure of ours in a page is thrown.</summary>
    /// <exception cref="StartException">The port is in use or may not be opened.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using Socket listener = Listen();
        listening.SetResult(((IPEndPoint)listener.LocalEndPoint!).Port);
        Task accepting = AcceptAsync(listener, ct);
        await (await Task.WhenAny(accepting, failure.Task).ConfigureAwait(false)).ConfigureAwait(false);
        Task[] open;
        lock (gate) open = [.. connections.Select(c => c.Serving)];
        await Task.WhenAll(open).ConfigureAwait(false);
    }

    private Socket Listen()
    {
        Socket listener = allInterfaces && Socket.OSSupportsIPv6 ? new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true } : new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(!allInterfaces ? IPAddress.Loopback : listener.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, port));
            listener.Listen(MostConnections);
            return listener;
        }
        catch (SocketException taken)
        {
            listener.Dispose();
            throw new StartException($"cannot listen on port {port} for {purpose}: {taken.Message}; end what uses it, or choose another port (0 turns it off)");
        }
    }

    private async Task AcceptAsync(Socket listener, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                Socket? peer = null;
                try
                {
                    peer = await listener.AcceptAsync(ct).ConfigureAwait(false);
                }
                catch (SocketException)
                {
                    await Task.Delay(AcceptPause, time, ct).ConfigureAwait(false);
                }
                if (peer is not null && Admit(peer, ct) is { } connection) connection.Serving = ServeAsync(connection);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Those under way end with it.
        }
    }

    /// <returns>Null where there is no room: all have asked and are being answered.</returns>
    private Connection? Admit(Socket peer, CancellationToken ct)
    {
        lock (gate)
        {
            if (connections.Count >= MostConnections)
            {
                Connection? idle = connections.Find(c => !c.IsBeingAnswered);
                if (idle is null)
                {
                    peer.Dispose();
                    return null;
                }
                connections.Remove(idle);
                // What it waits for fails with that.
                idle.Peer.Dispose();
            }
            Connection made = new(peer, time, ct);
            connections.Add(made);
            return made;
        }
    }

    private async Task ServeAsync(Connection connection)
    {
        try
        {
            await using Stream stream = await OpenAsync(connection).ConfigureAwait(false);
            (HttpRequest? request, HttpAnswer? answer) = await HttpRequestHead.ReadAsync(stream, connection.Limit).ConfigureAwait(false);
            connection.BeginAnswer();
            if (request is not null) answer = await AnswerAsync(request, connection.Limit).ConfigureAwait(false);
            if (answer is null) return;
            await stream.WriteAsync(answer.Encode(), connection.Limit).ConfigureAwait(false);
            connection.EndAnswer();
            if (stream is SslStream tls) await tls.ShutdownAsync().WaitAsync(connection.Limit).ConfigureAwait(false);
            await PartAsync(connection).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException or HandshakeException)
        {
            // The client went away, was too slow or speaks something else; its loss alone.
        }
        catch (Exception fault)
        {
            failure.TrySetException(fault);
        }
        finally
        {
            lock (gate) connections.Remove(connection);
            connection.Dispose();
        }
    }

    private async Task<Stream> OpenAsync(Connection connection)
    {
        NetworkStream plain = new(connection.Peer, ownsSocket: false);
        if (certificate is null) return plain;
        SslStream tls = new(plain);
        try
        {
            await tls.AuthenticateAsServerAsync(certificate.Options, connection.Limit).ConfigureAwait(false);
            return tls;
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            // What a library makes of a stranger's octets must not end the process, whatever it is.
            await tls.DisposeAsync().ConfigureAwait(false);
            throw new HandshakeException(failed);
        }
    }

    /// <summary>A socket that is closed while something of the peer's is unread takes the answer back: what is still under way is read away.</summary>
    private static async Task PartAsync(Connection connection)
    {
        connection.Peer.Shutdown(SocketShutdown.Send);
        byte[] rest = new byte[4096];
        for (int read = 0, more; read < HttpRequestHead.Limit; read += more)
            if ((more = await connection.Peer.ReceiveAsync(rest, connection.Limit).ConfigureAwait(false)) == 0) return;
    }

    private ValueTask<HttpAnswer> AnswerAsync(HttpRequest request, CancellationToken ct) =>
        request.Method != "GET" ? new(new HttpAnswer(405, "only GET\n"))
        : pages.TryGetValue(request.Path, out Func<HttpRequest, CancellationToken, ValueTask<HttpAnswer>>? page) ? page(request, ct)
        : new(new HttpAnswer(404, $"known paths: {string.Join(" ", pages.Keys)}\n"));

    private sealed class HandshakeException(Exception cause) : Exception("no TLS", cause);

    /// <summary>One connection, and the time that it has.</summary>
    private sealed class Connection : IDisposable
    {
        private readonly CancellationTokenSource patience, limit;
        private volatile bool isBeingAnswered;

        public Connection(Socket peer, TimeProvider time, CancellationToken ct)
        {
            Peer = peer;
            patience = new(AskLimit, time);
            limit = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
        }

        public Socket Peer { get; }

        /// <summary>Ends when it has been served; a failure of ours goes another way.</summary>
        public Task Serving { get; set; } = Task.CompletedTask;

        public CancellationToken Limit => limit.Token;

        public bool IsBeingAnswered => isBeingAnswered;

        public void BeginAnswer()
        {
            isBeingAnswered = true;
            patience.CancelAfter(AnswerLimit);
        }

        public void EndAnswer() => isBeingAnswered = false;

        public void Dispose()
        {
            Peer.Dispose();
            limit.Dispose();
            patience.Dispose();
        }
    }
}
