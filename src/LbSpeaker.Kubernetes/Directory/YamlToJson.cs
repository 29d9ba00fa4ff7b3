using System.Buffers;
using System.Text.Json;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>Writes the values of one file as JSON, aliases written out.</summary>
internal sealed class YamlToJson(string file)
{
    /// <summary>Aliases let a small file grow without end; manifests have no use for that many values.</summary>
    private const int MostNodes = 2_000_000;

    private int left = MostNodes;

    /// <exception cref="UnreadableInputException">Too many values.</exception>
    public JsonElement Convert(YamlNode root)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer)) Write(root, json);
        Utf8JsonReader reader = new(buffer.WrittenSpan, new JsonReaderOptions { MaxDepth = YamlReader.DeepestNesting * 2 });
        return JsonElement.ParseValue(ref reader);
    }

    private void Write(YamlNode node, Utf8JsonWriter json)
    {
        if (--left < 0) throw new UnreadableInputException(file, node.Line, $"at most {MostNodes} values with all aliases written out");
        switch (node)
        {
            case YamlScalar { IsPlain: true } plain:
                PlainScalar.Write(plain.Text, json);
                break;
            case YamlScalar quoted:
                json.WriteStringValue(quoted.Text);
                break;
            case YamlSequence sequence:
                json.WriteStartArray();
                foreach (YamlNode item in sequence.Items) Write(item, json);
                json.WriteEndArray();
                break;
            case YamlMapping mapping:
                json.WriteStartObject();
                foreach ((string key, YamlNode value) in mapping.Entries)
                {
                    json.WritePropertyName(key);
                    Write(value, json);
                }
                json.WriteEndObject();
                break;
        }
    }
}
