using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using LbSpeaker.Http;

namespace LbSpeaker.Ui;

/// <summary>Serves the page: its files, the view, a page of Services, and the view as server-sent events.</summary>
internal static class UiServer
{
    /// <summary>Between two signs of life in a stream.</summary>
    public static readonly TimeSpan Pulse = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Scripts and styles of this server and nothing else, no text that becomes markup (Trusted Types), no frame around it. Answers are not for other sites, and are never kept.
    /// </summary>
    private const string Guards =
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'\r\n"
        + "Referrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\nCache-Control: no-store\r\n";

    /// <summary>Begins to listen; port 0 takes a free one.</summary>
    /// <param name="flag">What to choose another address by.</param>
    /// <exception cref="StartException">The address is not of this machine, or the port is in use or may not be opened.</exception>
    public static HttpServer Open(IPEndPoint at, string flag, UiBoard board, TimeProvider time)
    {
        Dictionary<string, HttpPage> pages = UiAsset.All.ToDictionary(a => a.Key, a => (HttpPage)((_, _) => new(new HttpAnswer(200, "") { Type = a.Value.Type, Octets = a.Value.Content })), StringComparer.Ordinal);
        pages["/view.json"] = async (_, ct) => Json((await board.CurrentAsync(ct).ConfigureAwait(false)).Json);
        pages["/services.json"] = async (request, ct) =>
            Json(UiBoard.Page(await board.CurrentAsync(ct).ConfigureAwait(false), request.Parameter("find"), int.TryParse(request.Parameter("from"), NumberStyles.None, CultureInfo.InvariantCulture, out int from) ? from : 0));
        pages["/events"] = (_, ct) => new(new HttpAnswer(200, "") { Type = "text/event-stream", Stream = FollowAsync(board, time, ct) });
        return HttpServer.Open(at, $"{at} for the page", $"address ({flag} ADDRESS:PORT)", new(pages) { Headers = Guards, Refuse = request => Refusal(request, at.Address) }, time);
    }

    /// <summary>
    /// Whether a Host header names this listener and nothing that a stranger can make his: a page of evil.example whose name was made to point here asks with the
    /// Host evil.example. The port does not matter, since a forwarded one is another.
    /// </summary>
    internal static bool IsFor(string host, IPAddress listening)
    {
        if (!Uri.TryCreate($"http://{host}/", UriKind.Absolute, out Uri? uri) || uri.UserInfo.Length > 0 || uri.PathAndQuery != "/") return false;
        bool isAny = listening.Equals(IPAddress.Any) || listening.Equals(IPAddress.IPv6Any);
        if (uri.Host == "localhost") return isAny || IPAddress.IsLoopback(listening);
        return IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? named) && (isAny || named.Equals(listening) || IPAddress.IsLoopback(named) && IPAddress.IsLoopback(listening));
    }

    /// <summary>A page of another site must not take the room of people (streams are few), nor read what it cannot.</summary>
    private static HttpAnswer? Refusal(HttpRequest request, IPAddress listening) =>
        !IsFor(request.Host, listening) ? new(421, $"the Host header names another server; ask by the address, such as {listening}\n")
        : request.Site is "cross-site" or "same-site" && request.Path != "/" ? new(403, "not for pages of other sites\n")
        : null;

    private static HttpAnswer Json(ReadOnlyMemory<byte> octets) => new(200, "") { Type = "application/json", Octets = octets };

    /// <summary>Each state that differs from the one before, and a sign of life between them.</summary>
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> FollowAsync(UiBoard board, TimeProvider time, [EnumeratorCancellation] CancellationToken ct)
    {
        long told = 0, spoke = 0;
        while (true)
        {
            UiState state = await board.CurrentAsync(ct).ConfigureAwait(false);
            bool isNews = state.Version != told, isDue = isNews || time.GetElapsedTime(spoke) >= Pulse;
            if (isDue) (told, spoke) = (state.Version, time.GetTimestamp());
            yield return isDue ? Event(state, isNews, time.GetUtcNow()) : default;
            await Task.Delay(UiBoard.Interval, time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The time by this clock always, and the view where it is another. JSON has no line ends.</summary>
    private static byte[] Event(UiState state, bool isNews, DateTimeOffset now)
    {
        byte[] pulse = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: pulse\ndata: {now:yyyy-MM-ddTHH:mm:ss.fffZ}\n\n"));
        return isNews ? [.. pulse, .. Encoding.ASCII.GetBytes($"id: {state.Version}\nevent: view\ndata: "), .. state.Json.Span, .. "\n\n"u8] : pulse;
    }
}
