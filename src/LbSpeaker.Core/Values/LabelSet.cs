using System.Collections;

namespace LbSpeaker.Core.Values;

/// <summary>
/// An immutable map from text to text that compares by content: labels, annotations, a Service's selector.
/// Held as an array sorted by key (ordinal): small, and the same order everywhere.
/// </summary>
public sealed class LabelSet : IReadOnlyCollection<KeyValuePair<string, string>>, IEquatable<LabelSet>
{
    public static LabelSet Empty { get; } = new([]);

    private readonly KeyValuePair<string, string>[] pairs;

    private LabelSet(KeyValuePair<string, string>[] sorted) => pairs = sorted;

    public int Count => pairs.Length;

    /// <summary>The value of <paramref name="key"/>, or null where it is not set.</summary>
    public string? this[string key]
    {
        get
        {
            int low = 0, high = pairs.Length - 1;
            while (low <= high)
            {
                int middle = (low + high) >>> 1;
                int order = string.CompareOrdinal(pairs[middle].Key, key);
                if (order == 0) return pairs[middle].Value;
                if (order < 0) low = middle + 1; else high = middle - 1;
            }
            return null;
        }
    }

    public bool ContainsKey(string key) => this[key] is not null;

    /// <summary>Where a key stands twice the last value counts, as in YAML and JSON readers.</summary>
    public static LabelSet From(IEnumerable<KeyValuePair<string, string>>? pairs)
    {
        if (pairs is null) return Empty;
        SortedDictionary<string, string> sorted = new(StringComparer.Ordinal);
        foreach ((string key, string value) in pairs) sorted[key] = value;
        return sorted.Count == 0 ? Empty : new LabelSet([.. sorted]);
    }

    public bool Equals(LabelSet? other) => other is not null && (ReferenceEquals(this, other) || pairs.AsSpan().SequenceEqual(other.pairs));

    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach ((string key, string value) in pairs)
        {
            hash.Add(key);
            hash.Add(value);
        }
        return hash.ToHashCode();
    }

    /// <summary>The form of a label selector on the command line: <c>a=1,b=2</c>, sorted by key.</summary>
    public override string ToString() => string.Join(",", pairs.Select(p => $"{p.Key}={p.Value}"));

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, string>>)pairs).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => pairs.GetEnumerator();
}
