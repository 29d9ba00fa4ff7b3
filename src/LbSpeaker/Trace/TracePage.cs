using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LbSpeaker.Bfd;
using LbSpeaker.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Http;
using LbSpeaker.Layer2;

namespace LbSpeaker.Trace;

/// <summary>
/// What a speaker tells of the packets about one address: JSON, one object a line. The first says how far the answer goes (<c>node</c>, <c>last</c>), each other one is a packet.
/// Whoever follows asks again with <c>after</c> set to <c>last</c>.
/// </summary>
internal sealed class TracePage(TraceBuffer trace, string node)
{
    public const string Path = "/debug/trace";

    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public HttpAnswer Answer(HttpRequest request)
    {
        string after = request.Parameter("after");
        long from = 0;
        if (!IpAddress.TryParse(request.Parameter("address"), out IpAddress address) || after.Length > 0 && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out from))
            return new(400, $"{Path}?address=ADDRESS&after=NUMBER, the latter of an earlier answer or not at all\n");
        (IReadOnlyList<TraceRecord> records, long last) = trace.Read(from);
        StringBuilder lines = new();
        Line(lines, json =>
        {
            json.WriteString("node", node);
            json.WriteNumber("last", last);
        });
        foreach (TraceRecord record in records)
        {
            (string words, bool concerns) = Text(record, address);
            if (concerns) Line(lines, json => Write(json, record, words));
        }
        return new(200, lines.ToString());
    }

    private static (string Words, bool Concerns) Text(TraceRecord record, IpAddress address)
    {
        switch (record.Kind)
        {
            case TraceKind.Bgp:
                MessageText message = MessageText.Of(record.Octets.AsSpan(), record.Context);
                return (message.Words, message.Addresses.Contains(address) || message.Routes.Any(r => r.Contains(address)));
            case TraceKind.Bfd:
                ControlText control = ControlText.Of(record.Octets.AsSpan());
                return (control.Words, control.Addresses.Contains(address));
            default:
                FrameText frame = FrameText.Of(record.Octets.AsSpan());
                return (frame.Words, frame.Addresses.Contains(address));
        }
    }

    private void Write(Utf8JsonWriter json, TraceRecord record, string words)
    {
        json.WriteString("at", record.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteString("node", node);
        json.WriteNumber("number", record.Number);
        json.WriteString("kind", record.Kind.ToString());
        json.WriteString("direction", record.Direction.ToString());
        json.WriteString("interface", record.Place);
        json.WriteString("outcome", record.Outcome.ToString());
        json.WriteString("reason", record.Reason);
        json.WriteString("text", words);
        json.WriteNumber("length", record.Length);
        json.WriteString("octets", Convert.ToHexStringLower(record.Octets.AsSpan()));
    }

    private static void Line(StringBuilder lines, Action<Utf8JsonWriter> members)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, Form))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        lines.Append(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length)).Append('\n');
    }
}
