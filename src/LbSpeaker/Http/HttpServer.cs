using System.Net;
using System.Net.Sockets;

namespace LbSpeaker.Http;

internal delegate ValueTask<HttpAnswer> HttpPage(HttpRequest request, CancellationToken ct);

/// <summary>What a listener serves.</summary>
/// <param name="Pages">By path.</param>
internal sealed record HttpSite(IReadOnlyDictionary<string, HttpPage> Pages)
{
    /// <summary>Null for plain HTTP.</summary>
    public ServerCertificate? Certificate { get; init; }

    /// <summary>Asked before any page; null where the request may be answered.</summary>
    public Func<HttpRequest, HttpAnswer?> Refuse { get; init; } = static _ => null;

    /// <summary>More lines in the head of each answer, each with its end.</summary>
    public string Headers { get; init; } = "";
}

/// <summary>
/// The small HTTP listener of this process, with or without TLS: GET and HEAD of a few fixed paths, one request a connection. The web stack would cost a third of the speaker's
/// memory, and the framework's small listener knows neither TLS nor limits.
/// </summary>
/// <remarks>Whoever connects can cost no more than a fixed number of connections for a fixed time; one that has not asked yet makes room for a newcomer.</remarks>
internal sealed class HttpServer : IDisposable
{
    /// <summary>Two Prometheus servers and a kubelet need three; people who look at a page some more.</summary>
    public const int MostConnections = 64;

    /// <summary>Of those the ones that listen for long.</summary>
    public const int MostStreams = 32;

    /// <summary>For the handshake and the head of the request together, and for the answer, or a piece of one that is streamed.</summary>
    public static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5), AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Before something that could not be accepted is tried again: no descriptors are left, for one.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly List<HttpConnection> connections = [];
    private readonly TaskCompletionSource failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket listener;
    private readonly HttpSite site;
    private readonly TimeProvider time;

    private HttpServer(Socket listener, HttpSite site, TimeProvider time)
    {
        (this.listener, this.site, this.time) = (listener, site, time);
        Url = new($"{(site.Certificate is null ? "http" : "https")}://{listener.LocalEndPoint}/");
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>How many connections are open.</summary>
    public int Connections
    {
        get
        {
            lock (gate) return connections.Count;
        }
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="at">Port 0 for any that is free. Of all IPv6 addresses are those of IPv4 a part, and the only ones on a machine without IPv6.</param>
    /// <param name="what">In a message: where and for what.</param>
    /// <param name="cure">In a message: what to choose another of, and how.</param>
    /// <exception cref="StartException">The address is not of this machine, or the port is in use or may not be opened.</exception>
    public static HttpServer Open(IPEndPoint at, string what, string cure, HttpSite site, TimeProvider time)
    {
        bool isAny = at.Address.Equals(IPAddress.IPv6Any);
        if (isAny && !Socket.OSSupportsIPv6) at = new(IPAddress.Any, at.Port);
        Socket listener = new(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isAny && at.AddressFamily == AddressFamily.InterNetworkV6) listener.DualMode = true;
            listener.Bind(at);
            listener.Listen(MostConnections);
            return new(listener, site, time);
        }
        catch (SocketException taken)
        {
            listener.Dispose();
            throw new StartException($"cannot listen on {what}: {taken.Message}; end what uses it, or choose another {cure}");
        }
    }

    /// <summary>Serves until cancelled. A failure of ours in a page is thrown.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task accepting = AcceptAsync(stop.Token);
        await Task.WhenAny(accepting, failure.Task).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task[] open;
        lock (gate) open = [.. connections.Select(c => c.Serving)];
        await Task.WhenAll(open).ConfigureAwait(false);
        if (failure.Task.IsFaulted) await failure.Task.ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
    }

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync(CancellationToken ct)
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
                if (peer is not null && Admit(peer, ct) is { } connection) connection.Serving = Task.Run(() => ServeAsync(connection), CancellationToken.None);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Those under way end with it.
        }
    }

    /// <returns>Null where there is no room: all have asked and are being answered.</returns>
    private HttpConnection? Admit(Socket peer, CancellationToken ct)
    {
        lock (gate)
        {
            if (connections.Count >= MostConnections)
            {
                HttpConnection? idle = connections.Find(c => !c.IsBeingAnswered);
                if (idle is null)
                {
                    peer.Dispose();
                    return null;
                }
                connections.Remove(idle);
                idle.Abort();
            }
            HttpConnection made = new(peer, AskLimit, time, ct);
            connections.Add(made);
            return made;
        }
    }

    private async Task ServeAsync(HttpConnection connection)
    {
        try
        {
            await using Stream stream = await connection.OpenAsync(site.Certificate).ConfigureAwait(false);
            (HttpRequest? request, HttpAnswer? answer) = await HttpRequestHead.ReadAsync(stream, connection.Limit).ConfigureAwait(false);
            connection.IsBeingAnswered = true;
            connection.Give(AnswerLimit);
            if (request is not null) answer = await AnswerAsync(request, connection.Limit).ConfigureAwait(false);
            if (answer is null) return;
            bool isHead = request?.Method == "HEAD";
            if (answer.Stream is not null && !isHead && !MayStream(connection)) answer = new(503, $"{MostStreams} listen already\n");
            await stream.WriteAsync(answer.Encode(site.Headers, isHead), connection.Limit).ConfigureAwait(false);
            if (answer.Stream is { } pieces && !isHead) await StreamAsync(connection, stream, pieces).ConfigureAwait(false);
            connection.IsBeingAnswered = false;
            await connection.PartAsync(stream).ConfigureAwait(false);
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

    private ValueTask<HttpAnswer> AnswerAsync(HttpRequest request, CancellationToken ct) =>
        request.Method is not ("GET" or "HEAD") ? new(new HttpAnswer(405, "only GET and HEAD\n"))
        : site.Refuse(request) is { } refusal ? new(refusal)
        : site.Pages.TryGetValue(request.Path, out HttpPage? page) ? page(request, ct)
        : new(new HttpAnswer(404, $"known paths: {string.Join(" ", site.Pages.Keys)}\n"));

    private bool MayStream(HttpConnection connection)
    {
        lock (gate) return connection.IsStream = connections.Count(c => c.IsStream) < MostStreams;
    }

    /// <summary>Whoever goes makes room at the next moment, whether there is something to say then or not.</summary>
    private static async Task StreamAsync(HttpConnection connection, Stream stream, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        connection.Give(Timeout.InfiniteTimeSpan);
        await foreach (ReadOnlyMemory<byte> piece in pieces.ConfigureAwait(false))
        {
            if (connection.HasMoved) return;
            if (piece.IsEmpty) continue;
            connection.Give(AnswerLimit);
            await stream.WriteAsync(piece, connection.Limit).ConfigureAwait(false);
            connection.Give(Timeout.InfiniteTimeSpan);
        }
    }
}
