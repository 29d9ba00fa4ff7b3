using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>
/// Reads the fields of one JSON object. A field of a wrong type is a fault in <see cref="ShapeFaults"/> and reads as absent; null is absent,
/// as everywhere in Kubernetes. Nothing here throws on content.
/// </summary>
internal sealed class ShapeReader
{
    private readonly JsonElement element;
    private readonly ShapeFaults faults;
    private readonly ShapeReader? parent;
    private readonly string segment;

    private ShapeReader(JsonElement element, ShapeFaults faults, ShapeReader? parent, string segment)
    {
        this.element = element;
        this.faults = faults;
        this.parent = parent;
        this.segment = segment;
    }

    /// <param name="root">A JSON object; anything else reads as an empty one.</param>
    public static ShapeReader Of(JsonElement root, ShapeFaults faults) => new(root, faults, null, "");

    /// <summary>False where the field was absent or of a wrong type; every field of it is then absent too.</summary>
    public bool Exists => element.ValueKind == JsonValueKind.Object;

    /// <summary>The field is there, of whatever type.</summary>
    public bool Has(string name) => TryGet(name, out _);

    public ShapeReader Object(string name)
    {
        if (!TryGet(name, out JsonElement value)) return new(default, faults, this, name);
        if (value.ValueKind == JsonValueKind.Object) return new(value, faults, this, name);
        Fault(name, "an object", value);
        return new(default, faults, this, name);
    }

    /// <summary>The objects of a list; entries of another type are faults and left out.</summary>
    public List<ShapeReader> Objects(string name)
    {
        if (!TryGetList(name, "a list of objects", out JsonElement list)) return [];
        List<ShapeReader> objects = new(list.GetArrayLength());
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            string at = Indexed(name, index++);
            if (item.ValueKind == JsonValueKind.Object) objects.Add(new(item, faults, this, at));
            else Fault(at, "an object", item);
        }
        return objects;
    }

    public string? Text(string name)
    {
        if (!TryGet(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Fault(name, "a string", value);
        return null;
    }

    /// <summary>A text that no fault may quote; an empty one reads as absent.</summary>
    public SecretText? Secret(string name)
    {
        if (!TryGet(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString() is { Length: > 0 } text ? new(text) : null;
        faults.Add(PathOf(name), "expected a string");
        return null;
    }

    public ValueArray<string> Texts(string name)
    {
        if (!TryGetList(name, "a list of strings", out JsonElement list)) return [];
        string[] texts = new string[list.GetArrayLength()];
        int read = 0, index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String) texts[read++] = item.GetString()!;
            else Fault(Indexed(name, index), "a string", item);
            index++;
        }
        return ValueArray.Create<string>(texts.AsSpan(0, read));
    }

    public bool? Flag(string name)
    {
        if (!TryGet(name, out JsonElement value)) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Fault(name, "true or false", value);
        return null;
    }

    /// <summary>A whole number of 32 bits; <c>1.0</c> is one too, as in the API server.</summary>
    public int? Int32(string name) => Int64(name) switch
    {
        null => null,
        { } number and >= int.MinValue and <= int.MaxValue => (int)number,
        { } number => Beyond(name, number),
    };

    public long? Int64(string name)
    {
        if (!TryGet(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (value.TryGetInt64(out long number)) return number;
            if (value.TryGetDecimal(out decimal exact) && exact == decimal.Truncate(exact) && exact is >= long.MinValue and <= long.MaxValue) return (long)exact;
        }
        Fault(name, "a whole number", value);
        return null;
    }

    /// <summary>RFC 3339, as metav1.Time and MicroTime are written.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (!TryGet(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.String
            && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time))
            return time;
        Fault(name, "a time such as 2026-01-31T12:00:00Z", value);
        return null;
    }

    /// <summary>A duration as metav1.Duration is written.</summary>
    public TimeSpan? Duration(string name)
    {
        if (!TryGet(name, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.String && GoDuration.TryParse(value.GetString()!, out TimeSpan duration)) return duration;
        Fault(name, "a duration such as 90s, 1m30s or 500ms", value);
        return null;
    }

    /// <summary>A map from text to text of a built-in field: a value left out (<c>key:</c> in YAML) is the empty one, as the API server stores it.</summary>
    /// <param name="keep">Which keys to keep; all where null.</param>
    public LabelSet Labels(string name, StringPool pool, Func<string, bool>? keep = null) => ReadMap(name, pool, keep, blankWhereNull: true);

    /// <summary>A map from text to text of a custom resource, whose schema takes no value left out.</summary>
    public LabelSet Map(string name, StringPool pool) => ReadMap(name, pool, null, blankWhereNull: false);

    private LabelSet ReadMap(string name, StringPool pool, Func<string, bool>? keep, bool blankWhereNull)
    {
        if (!TryGet(name, out JsonElement value)) return LabelSet.Empty;
        if (value.ValueKind != JsonValueKind.Object)
        {
            Fault(name, "a map of strings", value);
            return LabelSet.Empty;
        }
        List<KeyValuePair<string, string>>? pairs = null;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (keep is not null && !keep(property.Name)) continue;
            if (property.Value.ValueKind == JsonValueKind.String || blankWhereNull && property.Value.ValueKind == JsonValueKind.Null)
                (pairs ??= []).Add(new(pool.Intern(property.Name), pool.Intern(property.Value.GetString() ?? "")));
            else
                Fault($"{name}[{property.Name}]", "a string", property.Value);
        }
        return LabelSet.From(pairs);
    }

    /// <summary>Where the fields must be among the known ones, names each other one and the known name that it resembles.</summary>
    public void RefuseUnknown(params ReadOnlySpan<string> known)
    {
        if (!faults.RefusesUnknownFields || !Exists) return;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (known.Contains(property.Name)) continue;
            string? meant = Resemblance.Nearest(property.Name, known);
            faults.Add(PathOf(property.Name), meant is null ? "unknown field" : $"unknown field, did you mean {meant}?");
        }
    }

    /// <summary>Names each of the fields that is missing.</summary>
    public void Require(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (!TryGet(name, out _)) faults.Add(PathOf(name), "missing");
    }

    /// <summary>A fault of a field that has the right type but no meaning.</summary>
    public void Fault(string name, string expected)
    {
        if (TryGet(name, out JsonElement value)) Fault(name, expected, value);
        else faults.Add(PathOf(name), $"expected {expected}, got nothing");
    }

    private int? Beyond(string name, long number)
    {
        faults.Add(PathOf(name), $"expected a number of 32 bits, got {number}");
        return null;
    }

    private bool TryGet(string name, out JsonElement value)
    {
        value = default;
        return Exists && element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private bool TryGetList(string name, string expected, [NotNullWhen(true)] out JsonElement list)
    {
        if (!TryGet(name, out list)) return false;
        if (list.ValueKind == JsonValueKind.Array) return true;
        Fault(name, expected, list);
        return false;
    }

    private void Fault(string name, string expected, JsonElement got) =>
        faults.Add(PathOf(name), faults.HidesValues ? $"expected {expected}" : $"expected {expected}, got {Describe(got)}");

    private static string Describe(JsonElement got) => got.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the string \"{Shortened(got.GetString()!)}\"",
        JsonValueKind.Number => $"the number {Shortened(got.GetRawText())}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "nothing",
    };

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";

    private static string Indexed(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]");

    private string PathOf(string name)
    {
        string path = name;
        for (ShapeReader? at = this; at?.parent is not null; at = at.parent) path = $"{at.segment}.{path}";
        return path;
    }
}
