using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Cel;

/// <summary>
/// The values of CEL: null, bool, long (int), ulong (uint), double, string, byte[], <see cref="TimeSpan"/> (duration),
/// <see cref="DateTimeOffset"/> (timestamp), <see cref="IReadOnlyList{T}"/> of object, <see cref="CelMap"/>,
/// <see cref="System.Net.IPAddress"/> and <see cref="CelCidr"/>.
/// </summary>
internal static class CelValue
{
    public static object? From(JsonNode? node) => node switch
    {
        null => null,
        JsonArray list => list.Select(From).ToList(),
        JsonObject map => new CelMap(map.Select(member => KeyValuePair.Create<object, object?>(member.Key, From(member.Value)))),
        _ => Scalar(node),
    };

    private static object? Scalar(JsonNode node)
    {
        switch (node.GetValueKind())
        {
            case JsonValueKind.String:
                return node.GetValue<string>();
            case JsonValueKind.True or JsonValueKind.False:
                return node.GetValueKind() == JsonValueKind.True;
            case JsonValueKind.Null:
                return null;
            default:
                var text = node.ToJsonString();
                return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                    ? (object)whole
                    : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        }
    }

    public new static bool Equals(object? left, object? right)
    {
        if (IsNumber(left) && IsNumber(right))
            return CompareNumbers(left!, right!) == 0;
        return (left, right) switch
        {
            (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
            (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => Equals(pair.First, pair.Second)),
            (CelMap a, CelMap b) => a.Count == b.Count && a.Keys.All(key => b.TryGet(key, out var other) && Equals(a[key], other)),
            _ => object.Equals(left, right),
        };
    }

    /// <summary>Less than 0, 0 or greater; null when not a number is among them.</summary>
    public static int? Compare(object? left, object? right) => (left, right) switch
    {
        _ when IsNumber(left) && IsNumber(right) => CompareNumbers(left!, right!),
        (string a, string b) => string.CompareOrdinal(a, b),
        (bool a, bool b) => a.CompareTo(b),
        (TimeSpan a, TimeSpan b) => a.CompareTo(b),
        (DateTimeOffset a, DateTimeOffset b) => a.CompareTo(b),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        _ => throw NoOverload(),
    };

    private static bool IsNumber(object? value) => value is long or ulong or double;

    private static int? CompareNumbers(object left, object right)
    {
        if (left is double.NaN || right is double.NaN)
            return null;
        if (left is double || right is double)
            return Convert.ToDouble(left, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(right, CultureInfo.InvariantCulture));
        return Convert.ToDecimal(left, CultureInfo.InvariantCulture).CompareTo(Convert.ToDecimal(right, CultureInfo.InvariantCulture));
    }

    public static CelEvaluationException NoOverload() => new("no such overload");
}

/// <summary>A map of CEL; a JSON object is one with strings for keys.</summary>
internal sealed class CelMap
{
    private readonly Dictionary<object, object?> _entries = new(new KeyComparer());

    public CelMap(IEnumerable<KeyValuePair<object, object?>> entries)
    {
        foreach (var (key, value) in entries)
        {
            if (key is not (string or long or ulong or bool))
                throw new CelEvaluationException("unsupported key type");
            if (!_entries.TryAdd(key, value))
                throw new CelEvaluationException($"Failed with repeated key: {key}");
        }
    }

    public int Count => _entries.Count;

    public IEnumerable<object> Keys => _entries.Keys;

    public object? this[object key] => _entries[key];

    public bool TryGet(object? key, out object? value)
    {
        value = null;
        return key is not null && _entries.TryGetValue(key, out value);
    }

    /// <summary>A field by name, or by the name Kubernetes escapes for CEL (<c>a__dash__b</c>, <c>__in__</c>).</summary>
    public bool TryField(string name, out object? value) =>
        TryGet(name, out value) || (name.Contains("__", StringComparison.Ordinal) && TryGet(Unescape(name), out value));

    private static string Unescape(string name)
    {
        var result = name
            .Replace("__dot__", ".", StringComparison.Ordinal)
            .Replace("__dash__", "-", StringComparison.Ordinal)
            .Replace("__slash__", "/", StringComparison.Ordinal)
            .Replace("__underscores__", "__", StringComparison.Ordinal);
        return result is ['_', '_', .., '_', '_'] && result.Length > 4 && !name.Contains("__underscores__", StringComparison.Ordinal)
            ? result[2..^2]
            : result;
    }

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public new bool Equals(object? x, object? y) => CelValue.Equals(x, y);

        // Equal numbers of the two kinds of integer must meet in one bucket.
        public int GetHashCode(object obj) => obj is long and >= 0 and var n ? ((ulong)n).GetHashCode() : obj.GetHashCode();
    }
}
