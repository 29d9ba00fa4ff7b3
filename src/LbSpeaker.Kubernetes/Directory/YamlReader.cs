using System.Buffers;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// YAML text → JSON documents, on the event parser: no reflection, and a line number for every complaint. Anchors, aliases and merge keys
/// (<c>&lt;&lt;</c>) work as in kubectl; a key that stands twice in one mapping is refused.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Aliases let a small file grow without end; a manifest has no use for that many values.</summary>
    private const int MostNodes = 2_000_000;
    private const int DeepestNesting = 100;

    private readonly string file;
    private readonly IParser parser;
    private readonly Dictionary<string, YamlNode> anchors = new(StringComparer.Ordinal);

    private YamlReader(string file, string text)
    {
        this.file = file;
        parser = new FaultyTextParser(new Parser(new Scanner(new StringReader(text), skipComments: true)));
    }

    /// <exception cref="UnreadableInputException">The text is not YAML.</exception>
    public static List<YamlDocument> Read(string file, string text)
    {
        try
        {
            return new YamlReader(file, text).ReadStream();
        }
        catch (YamlException exception)
        {
            throw new UnreadableInputException(file, (int)Math.Max(1, exception.Start.Line), $"YAML; {FirstLine(exception.Message)}");
        }
    }

    private List<YamlDocument> ReadStream()
    {
        List<YamlDocument> documents = [];
        parser.Consume<StreamStart>();
        while (!parser.Accept<StreamEnd>(out _))
        {
            parser.Consume<DocumentStart>();
            anchors.Clear();
            YamlNode root = ReadNode(depth: 0);
            parser.Consume<DocumentEnd>();
            if (!root.IsEmptyDocument) documents.Add(new(root.Line, ToJson(root)));
        }
        return documents;
    }

    private YamlNode ReadNode(int depth)
    {
        ParsingEvent next = parser.Consume<ParsingEvent>();
        int line = (int)next.Start.Line;
        if (depth > DeepestNesting) throw Unreadable(line, $"at most {DeepestNesting} levels of nesting");
        YamlNode node;
        switch (next)
        {
            case AnchorAlias alias:
                return anchors.GetValueOrDefault(alias.Value.Value) ?? throw Unreadable(line, $"an anchor &{alias.Value} above this alias");
            case Scalar scalar:
                node = new YamlScalar(line, scalar.Value, IsPlain(scalar));
                break;
            case SequenceStart:
                List<YamlNode> items = [];
                while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(depth + 1));
                node = new YamlSequence(line, items);
                break;
            case MappingStart:
                node = ReadMapping(line, depth);
                break;
            default:
                throw Unreadable(line, "a value");
        }
        if (next is NodeEvent { Anchor.IsEmpty: false } anchored) anchors[anchored.Anchor.Value] = node;
        return node;
    }

    private YamlMapping ReadMapping(int line, int depth)
    {
        YamlMapping mapping = new(line);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (ReadNode(depth + 1) is not YamlScalar key) throw Unreadable(line, "plain text as the key of a mapping");
            YamlNode value = ReadNode(depth + 1);
            if (key is { IsPlain: true, Text: "<<" }) Merge(mapping, value);
            else if (!mapping.TryAdd(key.Text, value)) throw Unreadable(key.Line, $"the key \"{key.Text}\" once; it stands twice in this mapping");
        }
        return mapping;
    }

    /// <summary>YAML merge keys: the mapping's own keys go before merged ones, and of several sources the first has its way.</summary>
    private void Merge(YamlMapping into, YamlNode source)
    {
        if (source is YamlSequence several)
            foreach (YamlNode one in several.Items) Merge(into, one);
        else if (source is YamlMapping mapping)
            foreach ((string key, YamlNode value) in mapping.Entries) into.AddMerged(key, value);
        else
            throw Unreadable(source.Line, "a mapping to merge");
    }

    private JsonElement ToJson(YamlNode root)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            int left = MostNodes;
            Write(root, json, ref left);
        }
        Utf8JsonReader reader = new(buffer.WrittenSpan, new JsonReaderOptions { MaxDepth = DeepestNesting * 2 });
        return JsonElement.ParseValue(ref reader);
    }

    private void Write(YamlNode node, Utf8JsonWriter json, ref int left)
    {
        if (--left < 0) throw Unreadable(node.Line, $"at most {MostNodes} values with all aliases written out");
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
                foreach (YamlNode item in sequence.Items) Write(item, json, ref left);
                json.WriteEndArray();
                break;
            case YamlMapping mapping:
                json.WriteStartObject();
                foreach ((string key, YamlNode value) in mapping.Entries)
                {
                    json.WritePropertyName(key);
                    Write(value, json, ref left);
                }
                json.WriteEndObject();
                break;
        }
    }

    private static bool IsPlain(Scalar scalar) => scalar.Style is ScalarStyle.Plain or ScalarStyle.Any && scalar.Tag.IsEmpty;

    private UnreadableInputException Unreadable(int line, string expected) => new(file, line, expected);

    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
