using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LbSpeaker.Lab.Api.Cel;

/// <summary>Strings: the standard library, the strings extension, and Kubernetes' find and findAll.</summary>
internal static class CelStrings
{
    public static IEnumerable<CelFunction> Functions =>
    [
        CelFunction.Method<string, string>("contains", (s, t) => s.Contains(t, StringComparison.Ordinal)),
        CelFunction.Method<string, string>("startsWith", (s, t) => s.StartsWith(t, StringComparison.Ordinal)),
        CelFunction.Method<string, string>("endsWith", (s, t) => s.EndsWith(t, StringComparison.Ordinal)),
        CelFunction.Method<string, string>("matches", (s, p) => Pattern(p).IsMatch(s)),
        CelFunction.Global("matches", 2, a => a is [string s, string p] ? Pattern(p).IsMatch(s) : throw CelValue.NoOverload()),
        CelFunction.Method<string, string>("find", (s, p) => Pattern(p).Match(s).Value),
        CelFunction.Method<string, string>("findAll", (s, p) => FindAll(s, p, -1)),
        CelFunction.Method<string, string, long>("findAll", FindAll),
        CelFunction.Method<string, long>("charAt", (s, i) => i == Length(s) ? "" : Slice(s, i, i + 1)),
        CelFunction.Method<object, object>("indexOf", (s, t) => IndexOf(s, t)),
        CelFunction.Method<string, string, long>("indexOf", (s, t, from) => Offset(s, s.IndexOf(t, At(s, from), StringComparison.Ordinal))),
        CelFunction.Method<object, object>("lastIndexOf", (s, t) => LastIndexOf(s, t)),
        CelFunction.Method<string>("lowerAscii", s => Map(s, c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c)),
        CelFunction.Method<string>("upperAscii", s => Map(s, c => char.IsAsciiLetterLower(c) ? (char)(c & ~0x20) : c)),
        CelFunction.Method<string, string, string>("replace", (s, a, b) => Replace(s, a, b, -1)),
        new CelFunction("replace", true, 4, a => a is [string s, string x, string y, long n] ? Replace(s, x, y, n) : throw CelValue.NoOverload()),
        CelFunction.Method<string, string>("split", (s, t) => Split(s, t, -1)),
        CelFunction.Method<string, string, long>("split", Split),
        CelFunction.Method<string, long>("substring", (s, i) => Slice(s, i, Length(s))),
        CelFunction.Method<string, long, long>("substring", Slice),
        CelFunction.Method<string>("trim", s => s.Trim()),
        CelFunction.Method<IReadOnlyList<object?>>("join", list => Join(list, "")),
        CelFunction.Method<IReadOnlyList<object?>, string>("join", Join),
        CelFunction.Method<string, IReadOnlyList<object?>>("format", Format),
    ];

    private const int MaxPatterns = 1000;

    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);

    // RE2, the engine CEL names, matches in linear time; so does this option, and it knows no backreferences either.
    // Building one takes longer than many matches, and a rule runs with the same pattern again and again.
    private static Regex Pattern(string pattern)
    {
        if (Patterns.Count > MaxPatterns)
            Patterns.Clear();
        try
        {
            return Patterns.GetOrAdd(pattern, static text => new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new CelEvaluationException($"error parsing regexp: {e.Message}");
        }
    }

    private static List<object?> FindAll(string text, string pattern, long limit) =>
        [.. Pattern(pattern).Matches(text).Select(match => match.Value).Take(limit < 0 ? int.MaxValue : (int)limit)];

    // Offsets count code points; a Rune beyond the basic plane takes two places in a .NET string.
    private static long Length(string text) => text.EnumerateRunes().Count();

    private static int At(string text, long offset)
    {
        if (offset < 0 || offset > Length(text))
            throw new CelEvaluationException($"index out of range: {offset}");
        return text.EnumerateRunes().Take((int)offset).Sum(rune => rune.Utf16SequenceLength);
    }

    private static long Offset(string text, int at) => at < 0 ? -1L : Length(text[..at]);

    private static string Slice(string text, long from, long to) => to < from
        ? throw new CelEvaluationException($"invalid substring range. start: {from}, end: {to}")
        : text[At(text, from)..At(text, to)];

    private static long IndexOf(object target, object sought) => (target, sought) switch
    {
        (string s, string t) => Offset(s, s.IndexOf(t, StringComparison.Ordinal)),
        (IReadOnlyList<object?> list, _) => (long)list.ToList().FindIndex(item => CelValue.Equals(item, sought)),
        _ => throw CelValue.NoOverload(),
    };

    private static long LastIndexOf(object target, object sought) => (target, sought) switch
    {
        (string s, string t) => Offset(s, s.LastIndexOf(t, StringComparison.Ordinal)),
        (IReadOnlyList<object?> list, _) => (long)list.ToList().FindLastIndex(item => CelValue.Equals(item, sought)),
        _ => throw CelValue.NoOverload(),
    };

    private static string Map(string text, Func<char, char> map) => string.Concat(text.Select(map));

    private static string Replace(string text, string old, string @new, long limit)
    {
        var result = new StringBuilder();
        var at = 0;
        for (; limit != 0 && old.Length > 0; limit--)
        {
            var next = text.IndexOf(old, at, StringComparison.Ordinal);
            if (next < 0)
                break;
            result.Append(text, at, next - at).Append(@new);
            at = next + old.Length;
        }
        return result.Append(text, at, text.Length - at).ToString();
    }

    private static List<object?> Split(string text, string separator, long limit)
    {
        if (limit == 0)
            return [];
        if (separator.Length == 0)
            return [.. text.EnumerateRunes().Select(rune => rune.ToString())];
        return [.. text.Split(separator, limit < 0 ? int.MaxValue : (int)limit)];
    }

    private static string Join(IReadOnlyList<object?> list, string separator) =>
        string.Join(separator, list.Select(item => item as string ?? throw CelValue.NoOverload()));

    // The verbs that messages use: %s of anything, %d of integers, %% and %f with its precision.
    private static string Format(string format, IReadOnlyList<object?> arguments)
    {
        var next = 0;
        return Regex.Replace(format, @"%(?:\.(\d+))?(.?)", match =>
        {
            if (match.Groups[2].Value == "%")
                return "%";
            if (next >= arguments.Count)
                throw new CelEvaluationException($"index {next} out of range");
            var value = arguments[next++];
            return (match.Groups[2].Value, value) switch
            {
                ("s", _) => Display(value),
                ("d", long or ulong) => CelStandard.Text(value),
                ("f", double number) => number.ToString("F" + (match.Groups[1].Success ? match.Groups[1].Value : "6"), CultureInfo.InvariantCulture),
                _ => throw new CelEvaluationException($"could not parse formatting clause \"{match.Value}\""),
            };
        });
    }

    private static string Display(object? value) => value switch
    {
        null => "null",
        IReadOnlyList<object?> list => "[" + string.Join(", ", list.Select(Display)) + "]",
        CelMap map => "{" + string.Join(", ", map.Keys.Select(key => $"{Display(key)}: {Display(map[key])}").Order(StringComparer.Ordinal)) + "}",
        _ => CelStandard.Text(value),
    };
}
