namespace LbSpeaker.Lab.Api.Http;

/// <summary>One requirement of a label selector.</summary>
internal sealed record LabelRequirement(string Key, string Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var has = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            "exists" => has,
            "!" => !has,
            "in" => has && Values.Contains(value!),
            "notin" => !has || !Values.Contains(value!),
            "gt" => has && long.TryParse(value, out var v) && long.TryParse(Values[0], out var limit) && v > limit,
            _ => has && long.TryParse(value, out var v) && long.TryParse(Values[0], out var limit) && v < limit,
        };
    }
}

/// <summary>The grammar of label selectors: <c>a=b, a!=b, a, !a, a in (b,c), a notin (b), a&gt;1</c>.</summary>
internal sealed class LabelSelector
{
    private readonly string _text;
    private int _at;

    private LabelSelector(string text) => _text = text;

    public static IReadOnlyList<LabelRequirement> Parse(string text) => text.Trim().Length == 0 ? [] : new LabelSelector(text).All();

    private List<LabelRequirement> All()
    {
        var result = new List<LabelRequirement>();
        while (true)
        {
            result.Add(Requirement());
            var separator = Next();
            if (separator.Length == 0) return result;
            if (separator != ",") throw Wrong($"found '{separator}', expected: ',' or 'end of string'");
        }
    }

    private LabelRequirement Requirement()
    {
        var first = Next();
        if (first == "!") return new LabelRequirement(Identifier(), "!", []);
        if (!IsIdentifier(first)) throw Wrong($"found '{first}', expected: !, identifier, or 'end of string'");
        var mark = _at;
        var op = Next();
        switch (op)
        {
            case "" or ",":
                _at = mark;
                return new LabelRequirement(first, "exists", []);
            case "=" or "==":
                return new LabelRequirement(first, "in", [Value()]);
            case "!=":
                return new LabelRequirement(first, "notin", [Value()]);
            case ">" or "<":
                return new LabelRequirement(first, op == ">" ? "gt" : "lt", [Value()]);
            case "in" or "notin":
                return new LabelRequirement(first, op, Values());
            default:
                throw Wrong($"found '{op}', expected: in, notin, =, ==, !=, gt, lt");
        }
    }

    private List<string> Values()
    {
        var open = Next();
        if (open != "(") throw Wrong($"found '{open}' expected: '('");
        var values = new List<string>();
        while (true)
        {
            values.Add(Value());
            var separator = Next();
            if (separator == ")") return values;
            if (separator != ",") throw Wrong($"found '{separator}', expected: ',' or ')'");
        }
    }

    private string Identifier()
    {
        var token = Next();
        return IsIdentifier(token) ? token : throw Wrong($"found '{token}', expected: identifier");
    }

    /// <summary>A value may be empty: then what ends it stays to be read.</summary>
    private string Value()
    {
        var mark = _at;
        var token = Next();
        if (token is "" or "," or ")") { _at = mark; return ""; }
        return IsIdentifier(token) ? token : throw Wrong($"found '{token}', expected: identifier");
    }

    private static bool IsIdentifier(string token) => token.Length > 0 && token[0] is not ('=' or '!' or ',' or '(' or ')' or '<' or '>');

    private string Next()
    {
        while (_at < _text.Length && _text[_at] == ' ') _at++;
        if (_at == _text.Length) return "";
        var start = _at++;
        switch (_text[start])
        {
            case '=' when _at < _text.Length && _text[_at] == '=':
            case '!' when _at < _text.Length && _text[_at] == '=':
                _at++;
                break;
            case '=' or '!' or ',' or '(' or ')' or '<' or '>':
                break;
            default:
                while (_at < _text.Length && _text[_at] is not ('=' or '!' or ',' or '(' or ')' or '<' or '>' or ' ')) _at++;
                break;
        }
        return _text[start.._at];
    }

    private static ApiException Wrong(string why) => ApiException.BadRequest("unable to parse requirement: " + why);
}
