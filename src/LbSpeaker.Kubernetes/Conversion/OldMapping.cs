using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Kubernetes.Conversion;

/// <summary>Where a text stands, and what is said about it.</summary>
/// <param name="offset">Lines of the file before the first one of the text: a configuration may stand inside a ConfigMap.</param>
internal sealed class OldText(string file, int offset, List<string> messages)
{
    public string File => file;

    public void Say(YamlNode at, string message) => messages.Add(string.Create(CultureInfo.InvariantCulture, $"{file}:{at.Line + offset}: {message}"));

    /// <summary>A text inside a value of this one: it begins on the line below its key, as a block does.</summary>
    public OldText Inside(YamlNode value) => new(file, offset + value.Line, messages);

    /// <exception cref="UnreadableInputException">The text is not YAML; the line is that of the file.</exception>
    public List<YamlNode> Read(string text)
    {
        try
        {
            return YamlReader.Read(file, text);
        }
        catch (UnreadableInputException unreadable) when (unreadable.Line is { } line)
        {
            throw new UnreadableInputException(file, line + offset, unreadable.Expected);
        }
    }
}

/// <summary>A mapping of a foreign configuration, whose every field is either taken or told about.</summary>
/// <param name="path">What it is called in messages, such as <c>address-pools[0].</c>.</param>
internal sealed class OldMapping(YamlMapping mapping, OldText text, string path)
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    public YamlMapping Node => mapping;

    public OldText In => text;

    /// <summary>Null where there is none, or nothing in it.</summary>
    public YamlNode? Take(string key)
    {
        taken.Add(key);
        return mapping.Find(key) is { IsNull: false } value ? value : null;
    }

    public string? Text(string key) => Take(key) switch
    {
        null => null,
        YamlScalar scalar => scalar.Text,
        var other => Wrong<string>(other, key, "text"),
    };

    /// <summary>The value with its type, as it would be applied.</summary>
    public JsonNode? Value(string key) => Take(key) is { } value ? Typed(value) : null;

    public List<YamlNode> List(string key) => Take(key) switch
    {
        null => [],
        YamlSequence sequence => sequence.Items,
        var other => Wrong<List<YamlNode>>(other, key, "a list") ?? [],
    };

    public IEnumerable<OldMapping> Mappings(string key)
    {
        int at = 0;
        foreach (YamlNode item in List(key))
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"{key}[{at++}]");
            if (item is YamlMapping one) yield return new(one, text, $"{path}{place}.");
            else Wrong<object>(item, place, "a mapping");
        }
    }

    public OldMapping? Mapping(string key) => Take(key) switch
    {
        null => null,
        YamlMapping one => new(one, text, $"{path}{key}."),
        var other => Wrong<OldMapping>(other, key, "a mapping"),
    };

    public void Say(string key, string message) => text.Say(mapping.Find(key) ?? mapping, $"{path}{key} {message}");

    /// <summary>Says of each field that nobody took that it is left out.</summary>
    public void FinishWith(string why = "is not known here and is left out")
    {
        foreach ((string key, YamlNode value) in mapping.Entries)
            if (!taken.Contains(key)) text.Say(value, $"{path}{key} {why}");
    }

    private JsonNode? Typed(YamlNode value)
    {
        JsonElement json = new YamlToJson(text.File).Convert(value);
        return JsonNode.Parse(json.GetRawText());
    }

    private T? Wrong<T>(YamlNode at, string key, string expected) where T : class
    {
        text.Say(at, $"{path}{key} is left out: expected {expected}");
        return null;
    }
}
