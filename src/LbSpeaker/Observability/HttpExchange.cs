using System.Text;

namespace LbSpeaker.Observability;

/// <summary>What somebody asks for, as far as it matters here.</summary>
/// <param name="Path">Without the query.</param>
/// <param name="Authorization">The header of that name; null where there is none.</param>
internal sealed record HttpRequest(string Method, string Path, string? Authorization)
{
    /// <summary>What stands behind the question mark, as it was sent; empty where there is none.</summary>
    public string Query { get; init; } = "";
}

/// <param name="Body">Text; one line where something is wrong.</param>
internal sealed record HttpAnswer(int Status, string Body)
{
    private string Reason => Status switch
    {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => throw new InvalidOperationException($"no words for {Status}"),
    };

    /// <summary>The whole answer (RFC 9112, section 4). The connection ends with it.</summary>
    public byte[] Encode()
    {
        byte[] body = Encoding.UTF8.GetBytes(Body);
        string challenge = Status == 401 ? "WWW-Authenticate: Bearer\r\n" : Status == 405 ? "Allow: GET\r\n" : "";
        string head = $"HTTP/1.1 {Status} {Reason}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {body.Length}\r\n{challenge}X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}

/// <summary>Reads the head of a request (RFC 9112, sections 2 to 5). Whatever comes gives a request or the answer that refuses it.</summary>
internal static class HttpRequestHead
{
    /// <summary>Octets up to the blank line. A service account's token has about a thousand.</summary>
    public const int Limit = 16 * 1024;

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
        if (lines[0].Split(' ') is not [{ Length: > 0 } method, { Length: > 0 } target, "HTTP/1.1" or "HTTP/1.0"]) return (null, new(400, "this is no HTTP request\n"));
        string? authorization = null;
        foreach (string line in lines.AsSpan(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) return (null, new(400, "a header without a name\n"));
            if (!line.AsSpan(0, colon).Equals("Authorization", StringComparison.OrdinalIgnoreCase)) continue;
            if (authorization is not null) return (null, new(400, "two Authorization headers\n"));
            authorization = line[(colon + 1)..].Trim();
        }
        string[] halves = target.Split('?', 2);
        return (new(method, halves[0], authorization) { Query = halves.ElementAtOrDefault(1) ?? "" }, null);
    }
}
