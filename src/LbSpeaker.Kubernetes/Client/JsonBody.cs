using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>Writes the bodies of requests: few and small, and without reflection.</summary>
internal static class JsonBody
{
    /// <summary>Nothing here ends up in HTML; messages stay readable in a capture.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="content">Writes the members of the outermost object.</param>
    public static byte[] Of(Action<Utf8JsonWriter> content)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using (Utf8JsonWriter json = new(buffer, Options))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A merge patch that sets one annotation and leaves all else.</summary>
    /// <param name="value">Null takes it away.</param>
    public static byte[] OfAnnotation(string key, string? value) => Of(json =>
    {
        json.WriteStartObject("metadata");
        json.WriteStartObject("annotations");
        json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>meta/v1 Time: whole seconds.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>What is left of a time when it has been written as <see cref="Time"/> and read again.</summary>
    public static DateTimeOffset WholeSecond(DateTimeOffset time) => new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);

    /// <summary>meta/v1 MicroTime: exactly six digits, or the API server refuses it.</summary>
    public static string MicroTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
}
