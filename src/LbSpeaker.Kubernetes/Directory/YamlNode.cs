namespace LbSpeaker.Kubernetes.Directory;

/// <summary>A value of a YAML document, before its scalars are typed.</summary>
/// <param name="line">Counted from 1.</param>
internal abstract class YamlNode(int line)
{
    public int Line { get; } = line;

    /// <summary>Nothing, written as nothing or as null; between two separators that is an empty document.</summary>
    public bool IsNull => this is YamlScalar { IsPlain: true } scalar && PlainScalar.IsNull(scalar.Text);
}

/// <param name="isPlain">Neither quoted nor a block nor tagged as text: it may mean a number, a truth value or null.</param>
internal sealed class YamlScalar(int line, string text, bool isPlain) : YamlNode(line)
{
    public string Text { get; } = text;

    public bool IsPlain { get; } = isPlain;
}

internal sealed class YamlSequence(int line, List<YamlNode> items) : YamlNode(line)
{
    public List<YamlNode> Items { get; } = items;
}

internal sealed class YamlMapping(int line) : YamlNode(line)
{
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, YamlNode>> entries = [];
    private readonly HashSet<string> merged = new(StringComparer.Ordinal);

    /// <summary>In the order written.</summary>
    public IReadOnlyList<KeyValuePair<string, YamlNode>> Entries => entries;

    public YamlNode? Find(string key) => places.TryGetValue(key, out int place) ? entries[place].Value : null;

    /// <summary>False where the key stands there already by its own right; over a merged one it wins.</summary>
    public bool TryAdd(string key, YamlNode value)
    {
        if (places.TryGetValue(key, out int place))
        {
            if (!merged.Remove(key)) return false;
            entries[place] = new(key, value);
            return true;
        }
        places[key] = entries.Count;
        entries.Add(new(key, value));
        return true;
    }

    public void AddMerged(string key, YamlNode value)
    {
        if (places.ContainsKey(key)) return;
        merged.Add(key);
        places[key] = entries.Count;
        entries.Add(new(key, value));
    }
}
