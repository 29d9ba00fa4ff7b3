using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LbSpeaker.Ui;

/// <summary>
/// Serves the page: GET and HEAD of a few fixed paths, one answer a connection, and the view as server-sent events. Nothing that a client does, or does not do, keeps others
/// waiting: every wait for one has its end, and their number has one too.
/// </summary>
internal sealed class UiServer : IDisposable
{
    /// <summary>Connections at one time; more wait to be accepted.</summary>
    public const int MostConnections = 64;

    /// <summary>Of those the ones that follow the view.</summary>
    public const int MostStreams = 32;

    /// <summary>Between two signs of life in a stream.</summary>
    public static readonly TimeSpan Pulse = TimeSpan.FromSeconds(5);

    /// <summary>How long a client may take to ask, and to take an answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Scripts and styles of this server and nothing else, no text that becomes markup (Trusted Types), no frame around it. Answers are not for other sites, and are never kept.
    /// </summary>
    private const string Guards =
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'\r\n"
        + "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\nCache-Control: no-store\r\nConnection: close\r\n";

    private readonly Socket listener;
    private readonly UiBoard board;
    private readonly TimeProvider time;
    private readonly IPEndPoint at;
    private readonly SemaphoreSlim connections = new(MostConnections), streams = new(MostStreams);
    private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private UiServer(Socket listener, UiBoard board, TimeProvider time) => (this.listener, this.board, this.time, at) = (listener, board, time, (IPEndPoint)listener.LocalEndPoint!);

    public Uri Url => new($"http://{at}/");

    /// <summary>Begins to listen; port 0 takes a free one.</summary>
    /// <param name="flag">What to choose another address by.</param>
    /// <exception cref="StartException">The address is not of this machine, or the port is in use or may not be opened.</exception>
    public static UiServer Open(IPEndPoint at, string flag, UiBoard board, TimeProvider time)
    {
        Socket listener = new(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(at);
            listener.Listen(MostConnections);
        }
        catch (SocketException failure)
        {
            listener.Dispose();
            throw new StartException($"cannot listen on {at} for the page: {failure.Message}; end what uses it, or choose another address ({flag} ADDRESS:PORT)");
        }
        return new(listener, board, time);
    }

    /// <summary>Serves until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task accepting = AcceptAsync(stop.Token);
        await Task.WhenAny(accepting, failed.Task).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Who has all places knows that nobody is being served.
        for (int i = 0; i < MostConnections; i++) await connections.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        if (failed.Task.IsFaulted) await failed.Task.ConfigureAwait(false);
        if (accepting.IsFaulted) await accepting.ConfigureAwait(false);
    }

    public void Dispose()
    {
        listener.Dispose();
        connections.Dispose();
        streams.Dispose();
    }

    private async Task AcceptAsync(CancellationToken ct)
    {
        while (true)
        {
            await connections.WaitAsync(ct).ConfigureAwait(false);
            bool isServed = false;
            try
            {
                Socket client = await listener.AcceptAsync(ct).ConfigureAwait(false);
                isServed = true;
                _ = Task.Run(() => ServeAsync(client, ct), CancellationToken.None);
            }
            catch (SocketException)
            {
                // A client that is gone already, or too many open files: the next may find room.
                await Task.Delay(TimeSpan.FromSeconds(1), time, ct).ConfigureAwait(false);
            }
            finally
            {
                if (!isServed) connections.Release();
            }
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken ct)
    {
        try
        {
            using NetworkStream stream = new(client, ownsSocket: true);
            client.NoDelay = true;
            await AnswerAsync(stream, ct).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, was too slow, or everything ends.
        }
        catch (Exception bug)
        {
            failed.TrySetException(bug);
        }
        finally
        {
            connections.Release();
        }
    }

    private async Task AnswerAsync(NetworkStream stream, CancellationToken ct)
    {
        (UiRequest? request, int fault) = await ReadAsync(stream, ct).ConfigureAwait(false);
        if (request is null)
        {
            if (fault != 0) await SendAsync(stream, Plain(fault, fault == 431 ? "the head of the request is too long" : "this is no HTTP/1.1 request", false), ct).ConfigureAwait(false);
            return;
        }
        bool isHead = request.Method == "HEAD";
        if (Refusal(request) is { } refusal) await SendAsync(stream, Plain(refusal.Status, refusal.Why, isHead), ct).ConfigureAwait(false);
        else if (UiAsset.All.TryGetValue(request.Path, out UiAsset? asset)) await SendAsync(stream, Answer(200, asset.Type, asset.Content, isHead), ct).ConfigureAwait(false);
        else if (request.Path == "/events") await FollowAsync(stream, isHead, ct).ConfigureAwait(false);
        else if (request.Path is "/view.json" or "/services.json")
        {
            UiState state = await board.CurrentAsync(ct).ConfigureAwait(false);
            ReadOnlyMemory<byte> json = request.Path == "/view.json" ? state.Json
                : UiBoard.Page(state, request.Query("find"), int.TryParse(request.Query("from"), NumberStyles.None, CultureInfo.InvariantCulture, out int from) ? from : 0);
            await SendAsync(stream, Answer(200, "application/json", json, isHead), ct).ConfigureAwait(false);
        }
        else await SendAsync(stream, Plain(404, $"known paths: {string.Join(' ', UiAsset.All.Keys)} /view.json /services.json /events", isHead), ct).ConfigureAwait(false);
    }

    private (int Status, string Why)? Refusal(UiRequest request) =>
        request.Method is not ("GET" or "HEAD") ? (405, "only GET and HEAD: nothing can be changed here")
        : !request.IsFor(at.Address) ? (421, $"the Host header names another server; ask by the address, such as {Url}")
        : request.IsOfAnotherSite && request.Path != "/" ? (403, "not for pages of other sites")
        : null;

    /// <returns>The request; or null, with the status to answer, 0 for none.</returns>
    private async Task<(UiRequest? Request, int Fault)> ReadAsync(NetworkStream stream, CancellationToken ct)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using ITimer timer = CancelIn(patience);
        byte[] buffer = new byte[UiRequest.LongestHead];
        int length = 0;
        while (length < buffer.Length)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), patience.Token).ConfigureAwait(false);
            if (read == 0) return (null, 0);
            length += read;
            int end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0) return UiRequest.Parse(buffer.AsSpan(0, end)) is { } request ? (request, 0) : (null, 400);
        }
        return (null, 431);
    }

    /// <summary>Sends each state that differs from the one before, and a sign of life between them.</summary>
    private async Task FollowAsync(NetworkStream stream, bool isHead, CancellationToken ct)
    {
        if (!streams.Wait(0, CancellationToken.None))
        {
            await SendAsync(stream, Plain(503, $"{MostStreams} people look already", isHead), ct).ConfigureAwait(false);
            return;
        }
        try
        {
            await SendAsync(stream, Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{Guards}\r\n"), ct).ConfigureAwait(false);
            if (isHead) return;
            long told = 0, spoke = time.GetTimestamp() - time.TimestampFrequency * (long)Pulse.TotalSeconds;
            while (true)
            {
                UiState state = await board.CurrentAsync(ct).ConfigureAwait(false);
                bool isNews = state.Version != told;
                if (isNews || time.GetElapsedTime(spoke) >= Pulse)
                {
                    await SendAsync(stream, Event(state, isNews), ct).ConfigureAwait(false);
                    (told, spoke) = (state.Version, time.GetTimestamp());
                }
                await Task.Delay(UiBoard.Interval, time, ct).ConfigureAwait(false);
                // Whoever has closed the page makes room at once, not at the next pulse. Nothing else comes from a browser here.
                if (stream.Socket.Poll(0, SelectMode.SelectRead)) return;
            }
        }
        finally
        {
            streams.Release();
        }
    }

    /// <summary>The time by this clock always, and the view where it is another. JSON has no line ends.</summary>
    private byte[] Event(UiState state, bool isNews)
    {
        byte[] pulse = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: pulse\ndata: {time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ}\n\n"));
        return isNews ? [.. pulse, .. Encoding.ASCII.GetBytes($"id: {state.Version}\nevent: view\ndata: "), .. state.Json.Span, .. "\n\n"u8] : pulse;
    }

    private async Task SendAsync(NetworkStream stream, ReadOnlyMemory<byte> octets, CancellationToken ct)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using ITimer timer = CancelIn(patience);
        await stream.WriteAsync(octets, patience.Token).ConfigureAwait(false);
    }

    private ITimer CancelIn(CancellationTokenSource source) => time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), source, Patience, Timeout.InfiniteTimeSpan);

    private static byte[] Plain(int status, string text, bool isHead) => Answer(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"), isHead);

    private static byte[] Answer(int status, string type, ReadOnlyMemory<byte> content, bool isHead)
    {
        string allow = status == 405 ? "Allow: GET, HEAD\r\n" : "";
        byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {(HttpStatusCode)status}\r\nContent-Type: {type}\r\nContent-Length: {content.Length}\r\n{allow}{Guards}\r\n");
        return isHead ? head : [.. head, .. content.Span];
    }
}
