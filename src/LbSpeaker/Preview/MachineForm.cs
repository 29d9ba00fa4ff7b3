using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Preview;

/// <summary>What programs read: the same value as JSON or as YAML, the same byte for byte for the same input.</summary>
public static class MachineForm
{
    private static readonly JsonWriterOptions Form = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="write">Writes one value.</param>
    public static string Json(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(Written(write).Span) + "\n";

    /// <inheritdoc cref="Json"/>
    public static string Yaml(Action<Utf8JsonWriter> write)
    {
        using JsonDocument json = JsonDocument.Parse(Written(write));
        return YamlText.Of(json.RootElement);
    }

    /// <summary>An array of objects under a name.</summary>
    internal static void Objects<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> fields)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            fields(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>An array of texts under a name.</summary>
    internal static void Texts(this Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items) json.WriteStringValue(item);
        json.WriteEndArray();
    }

    private static ReadOnlyMemory<byte> Written(Action<Utf8JsonWriter> write)
    {
        MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, Form)) write(json);
        return buffer.ToArray();
    }
}
