using System.Text;

namespace LbSpeaker.Http;

/// <summary>What somebody asks for, as far as it matters here.</summary>
/// <param name="Path">Without the query.</param>
/// <param name="Authorization">The header of that name; null where there is none.</param>
internal sealed record HttpRequest(string Method, string Path, string? Authorization)
{
    /// <summary>What stands behind the question mark, as it was sent; empty where there is none.</summary>
    public string Query { get; init; } = "";

    /// <summary>The header of that name; empty where there is none.</summary>
    public string Host { get; init; } = "";

    /// <summary>Sec-Fetch-Site: how the page that asks stands to this server; empty where a client does not say, as those that are no browsers.</summary>
    public string Site { get; init; } = "";

    /// <summary>A value of the query; empty where it is not there.</summary>
    public string Parameter(string name)
    {
        foreach (string pair in Query.Split('&'))
            if (pair.Split('=', 2) is [var key, var value] && key == name) return Uri.UnescapeDataString(value.Replace('+', ' '));
        return "";
    }
}

/// <param name="Body">Text; one line where something is wrong. Empty where <see cref="Octets"/> or <see cref="Stream"/> is what is said.</param>
internal sealed record HttpAnswer(int Status, string Body)
{
    public string Type { get; init; } = "text/plain; charset=utf-8";

    public ReadOnlyMemory<byte>? Octets { get; init; }

    /// <summary>What is said piece by piece for as long as somebody listens; one without octets is a moment to see whether anybody does. Ends with the token that the page was given.</summary>
    public IAsyncEnumerable<ReadOnlyMemory<byte>>? Stream { get; init; }

    private string Reason => Status switch
    {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => throw new InvalidOperationException($"no words for {Status}"),
    };

    /// <summary>The whole answer, or the head of a <see cref="Stream"/> (RFC 9112, section 4). The connection ends with it.</summary>
    /// <param name="headers">More lines of the head, each with its end.</param>
    /// <param name="isHead">To a HEAD: nothing but the head.</param>
    public byte[] Encode(string headers, bool isHead)
    {
        ReadOnlySpan<byte> body = Octets is { } octets ? octets.Span : Encoding.UTF8.GetBytes(Body);
        string length = Stream is null ? $"Content-Length: {body.Length}\r\n" : "", more = Status == 401 ? "WWW-Authenticate: Bearer\r\n" : Status == 405 ? "Allow: GET, HEAD\r\n" : "";
        byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 {Status} {Reason}\r\nContent-Type: {Type}\r\n{length}{more}{headers}X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
        return isHead ? head : [.. head, .. body];
    }
}

/// <summary>Reads the head of a request (RFC 9112, sections 2 to 5). Whatever comes gives a request or the answer that refuses it.</summary>
internal static class HttpRequestHead
{
    /// <summary>Octets up to the blank line. A service account's token has about a thousand.</summary>
    public const int Limit = 16 * 1024;

    /// <summary>The headers that matter here; none may come twice, since two readers could take another each.</summary>
    private const string Authorization = "Authorization", Host = "Host", Site = "Sec-Fetch-Site";

    /// <returns>Both null where the peer ended before the head did.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<(HttpRequest? Request, HttpAnswer? Refusal)> ReadAsync(Stream stream, CancellationToken ct)
    {
        byte[] buffer = new byte[Limit];
        int length = 0;
        while (length < Limit)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), ct).ConfigureAwait(false);
            if (read == 0) return (null, null);
            // The blank line may have begun in what came before.
            int from = Math.Max(0, length - 3), end = buffer.AsSpan(from, length + read - from).IndexOf("\r\n\r\n"u8);
            length += read;
            if (end >= 0) return Parse(Encoding.Latin1.GetString(buffer, 0, from + end));
        }
        return (null, new(431, $"the head of a request has at most {Limit} octets\n"));
    }

    public static (HttpRequest? Request, HttpAnswer? Refusal) Parse(string head)
    {
        string[] lines = head.Split("\r\n");
        bool isText = head.All(c => c is >= ' ' and not '\x7f' or '\r' or '\n' or '\t');
        if (!isText || lines[0].Split(' ') is not [{ Length: > 0 } method, ['/', ..] target, "HTTP/1.1" or "HTTP/1.0"]) return (null, new(400, "this is no HTTP request\n"));
        Dictionary<string, string> headers = [];
        foreach (string line in lines.AsSpan(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).Contains(' ')) return (null, new(400, "a header without a name\n"));
            if (((string[])[Authorization, Host, Site]).FirstOrDefault(k => line.AsSpan(0, colon).Equals(k, StringComparison.OrdinalIgnoreCase)) is { } name && !headers.TryAdd(name, line[(colon + 1)..].Trim()))
                return (null, new(400, $"two {name} headers\n"));
        }
        string[] halves = target.Split('?', 2);
        return (new(method, halves[0], headers.GetValueOrDefault(Authorization))
        {
            Query = halves.ElementAtOrDefault(1) ?? "",
            Host = headers.GetValueOrDefault(Host, ""),
            Site = headers.GetValueOrDefault(Site, ""),
        }, null);
    }
}
