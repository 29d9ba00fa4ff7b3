using System.Text.RegularExpressions;
using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>
/// A message as octets with what must come of it. A file has one or more, each begun by its keys:
/// <code>
/// options: external four-octet-as ipv4-unicast ipv6-unicast extended-next-hop route-refresh enhanced-route-refresh
/// text: what the message says               (or  error: the NOTIFICATION to send)
/// finding: one fault of an UPDATE and what it costs; any number
/// encodes: otherwise, because …             (the value does not hold all that these octets say)
/// ffffffff…   # one field a line
/// </code>
/// Options hold until the next ones; all else is of one message.
/// </summary>
public sealed partial record HexCase(string File, int Number, byte[] Octets, CodecOptions Options, string? Text, string? Error, IReadOnlyList<string> Findings, bool EncodesOtherwise)
{
    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Wire", "Cases");

    public override string ToString() => $"{File} message {Number}";

    public static IReadOnlyList<string> Files { get; } =
        [.. Directory.GetFiles(Root, "*.hex", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Root, f)).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<HexCase> All { get; } = [.. Files.SelectMany(Read)];

    public static IEnumerable<HexCase> Read(string file)
    {
        HexCase next = new(file, 1, [], CodecOptions.Default, null, null, [], false);
        foreach (string line in System.IO.File.ReadLines(Path.Combine(Root, file)))
        {
            if (Key().Match(line) is not { Success: true } key)
            {
                next = next with { Octets = [.. next.Octets, .. Convert.FromHexString(line.Split('#')[0].Replace(" ", "", StringComparison.Ordinal))] };
                continue;
            }
            if (next.Octets.Length > 0)
            {
                yield return next;
                next = new(file, next.Number + 1, [], next.Options, null, null, [], false);
            }
            string value = key.Groups[2].Value;
            next = key.Groups[1].Value switch
            {
                "options" => next with { Options = ReadOptions(value) },
                "text" => next with { Text = value },
                "error" => next with { Error = value },
                "finding" => next with { Findings = [.. next.Findings, value] },
                _ => next with { EncodesOtherwise = true },
            };
        }
        yield return next;
    }

    [GeneratedRegex("^(options|text|error|finding|encodes): (.*)$")]
    private static partial Regex Key();

    private static CodecOptions ReadOptions(string value)
    {
        HashSet<string> words = [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        CodecOptions options = new()
        {
            External = words.Remove("external"),
            FourOctetAs = words.Remove("four-octet-as"),
            ExtendedNextHop = words.Remove("extended-next-hop"),
            AcceptsRouteRefresh = words.Remove("route-refresh"),
            EnhancedRouteRefresh = words.Remove("enhanced-route-refresh"),
            Families = [.. new[] { AddressFamily.IPv4Unicast, AddressFamily.IPv6Unicast }.Where(f => words.Remove(f.ToString()))],
        };
        return words.Count == 0 ? options : throw new FormatException($"unknown options: {string.Join(' ', words)}");
    }

    /// <summary>As a session would take it: framing first.</summary>
    public static (FrameStatus Status, DecodeResult Result) Take(ReadOnlySpan<byte> octets, CodecOptions options)
    {
        Frame frame = Framing.Read(octets);
        return (frame.Status, frame.Status switch
        {
            FrameStatus.Complete => MessageDecoder.Decode(frame.Message, options),
            FrameStatus.Invalid => DecodeResult.Refused(frame.Error!),
            _ => default,
        });
    }
}
