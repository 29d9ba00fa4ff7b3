using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using LbSpeaker.Lab.Api.Cel;

namespace LbSpeaker.Lab.Api.Schema;

/// <summary>The string formats that apiextensions.k8s.io/v1 checks; others say nothing.</summary>
internal static partial class ValueFormats
{
    public static bool IsValid(string format, string text) => format switch
    {
        "date-time" => CelTimes.ParseTimestamp(text) is not null,
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "duration" => CelTimes.ParseDuration(text) is not null,
        "byte" => text.Length % 4 == 0 && Convert.TryFromBase64String(text, new byte[text.Length], out _),
        "ipv4" => IPAddress.TryParse(text, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork && ip.ToString() == text,
        "ipv6" => text.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(text, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6,
        "cidr" => IPNetworkLike(text),
        "mac" => Mac().IsMatch(text),
        "uuid" => Uuid().IsMatch(text),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "hostname" => text.Length <= 255 && Hostname().IsMatch(text),
        "email" => Email().IsMatch(text),
        _ => true,
    };

    private static bool IPNetworkLike(string text) => text.Split('/') is [var address, var bits]
        && IPAddress.TryParse(address, out var ip)
        && int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        && length <= (ip.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);

    [GeneratedRegex("^([0-9A-Fa-f]{2}([:-]))([0-9A-Fa-f]{2}\\2){4}[0-9A-Fa-f]{2}\\z")]
    private static partial Regex Mac();

    [GeneratedRegex("^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}\\z")]
    private static partial Regex Uuid();

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\\.?\\z")]
    private static partial Regex Hostname();

    [GeneratedRegex("^[^@\\s]+@[^@\\s]+\\z")]
    private static partial Regex Email();
}
