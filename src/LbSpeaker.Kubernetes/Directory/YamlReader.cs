using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// YAML text → the roots of its documents, on the event parser: no reflection, and a line number for every complaint. Anchors, aliases and merge keys
/// (<c>&lt;&lt;</c>) work as in kubectl; a key that stands twice in one mapping is refused.
/// </summary>
internal sealed class YamlReader
{
    public const int DeepestNesting = 100;

    private static readonly string[] Typed = ["tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"];

    private readonly string file;
    private readonly IParser parser;
    private readonly Dictionary<string, YamlNode> anchors = new(StringComparer.Ordinal);

    private YamlReader(string file, string text)
    {
        this.file = file;
        parser = new YamlEvents(file, text);
    }

    /// <summary>Empty documents are left out.</summary>
    /// <exception cref="UnreadableInputException">The text is not YAML.</exception>
    public static List<YamlNode> Read(string file, string text)
    {
        RefuseControlCharacters(file, text);
        return new YamlReader(file, text).ReadStream();
    }

    /// <summary>YAML 1.2 section 5.1; the parser takes a zero for the end of the text, and would not read what follows.</summary>
    private static void RefuseControlCharacters(string file, string text)
    {
        int line = 1;
        foreach (char c in text)
            if (c == '\n') line++;
            else if (c is < ' ' and not ('\t' or '\r') or '\x7f') throw new UnreadableInputException(file, line, string.Create(CultureInfo.InvariantCulture, $"text without control characters, not U+{(int)c:X4}"));
    }

    private List<YamlNode> ReadStream()
    {
        List<YamlNode> documents = [];
        parser.Consume<StreamStart>();
        while (!parser.Accept<StreamEnd>(out _))
        {
            parser.Consume<DocumentStart>();
            anchors.Clear();
            YamlNode root = ReadNode(depth: 0);
            parser.Consume<DocumentEnd>();
            if (!root.IsNull) documents.Add(root);
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
            YamlNode name = ReadNode(depth + 1);
            if (name is not YamlScalar key || name.IsNull) throw Unreadable(name.Line, "text as the key of a mapping");
            YamlNode value = ReadNode(depth + 1);
            string text = key.IsPlain ? PlainScalar.AsKey(key.Text) : key.Text;
            if (key is { IsPlain: true, Text: "<<" }) Merge(mapping, value);
            else if (!mapping.TryAdd(text, value)) throw Unreadable(key.Line, $"the key \"{text}\" once; it stands twice in this mapping");
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

    /// <summary>Tags of the types that JSON has besides text name what a plain scalar could be; any other tag makes text.</summary>
    private static bool IsPlain(Scalar scalar) => scalar.Tag.IsEmpty ? scalar.Style is ScalarStyle.Plain or ScalarStyle.Any : Typed.Contains(scalar.Tag.Value);

    private UnreadableInputException Unreadable(int line, string expected) => new(file, line, expected);
}
