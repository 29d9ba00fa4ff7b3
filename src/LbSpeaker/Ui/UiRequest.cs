using System.Net;
using System.Text;

namespace LbSpeaker.Ui;

/// <summary>The head of an HTTP/1 request (RFC 9112), as far as the page needs it.</summary>
/// <param name="Target">As it was sent: path and query.</param>
/// <param name="Host">The Host header; empty where there is none or more than one.</param>
/// <param name="Site">Sec-Fetch-Site: how the page that asks stands to this one; empty where a client does not say, as those that are no browsers.</param>
internal sealed record UiRequest(string Method, string Target, string Host, string Site)
{
    /// <summary>A longer head is refused.</summary>
    public const int LongestHead = 8192;

    public string Path => Target.Split('?', 2)[0];

    /// <summary>A value of the query; empty where it is not there.</summary>
    public string Query(string name)
    {
        if (Target.Split('?', 2) is not [_, var query]) return "";
        foreach (string pair in query.Split('&'))
            if (pair.Split('=', 2) is [var key, var value] && key == name) return Uri.UnescapeDataString(value.Replace('+', ' '));
        return "";
    }

    /// <param name="head">Up to the empty line, without it.</param>
    /// <returns>Null for what is no request.</returns>
    public static UiRequest? Parse(ReadOnlySpan<byte> head)
    {
        if (!IsText(head)) return null;
        string[] lines = Encoding.Latin1.GetString(head).Split("\r\n");
        if (lines[0].Split(' ') is not [{ Length: > 0 } method, ['/', ..] target, "HTTP/1.1" or "HTTP/1.0"]) return null;
        string? host = null, site = null;
        bool hostTwice = false;
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line[..colon].Contains(' ', StringComparison.Ordinal)) return null;
            string name = line[..colon], value = line[(colon + 1)..].Trim();
            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                hostTwice = host is not null;
                host = value;
            }
            else if (name.Equals("Sec-Fetch-Site", StringComparison.OrdinalIgnoreCase)) site = value;
        }
        return new(method, target, hostTwice ? "" : host ?? "", site ?? "");
    }

    /// <summary>
    /// Whether the Host header names this listener and nothing that a stranger can make his: a page of evil.example whose name was made to point here asks with the
    /// Host evil.example. The port does not matter, since a forwarded one is another.
    /// </summary>
    public bool IsFor(IPAddress listening)
    {
        if (!Uri.TryCreate($"http://{Host}/", UriKind.Absolute, out Uri? uri) || uri.UserInfo.Length > 0 || uri.PathAndQuery != "/") return false;
        bool isAny = listening.Equals(IPAddress.Any) || listening.Equals(IPAddress.IPv6Any);
        if (uri.Host == "localhost") return isAny || IPAddress.IsLoopback(listening);
        return IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? named) && (isAny || named.Equals(listening) || IPAddress.IsLoopback(named) && IPAddress.IsLoopback(listening));
    }

    /// <summary>A page of another site must not take the room of people (streams are few), nor read what it cannot.</summary>
    public bool IsOfAnotherSite => Site is "cross-site" or "same-site";

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (byte octet in head)
            if (octet is not ((byte)'\r' or (byte)'\n' or (byte)'\t') && octet is < 0x20 or 0x7F) return false;
        return true;
    }
}
