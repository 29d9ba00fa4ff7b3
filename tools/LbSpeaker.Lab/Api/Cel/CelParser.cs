namespace LbSpeaker.Lab.Api.Cel;

/// <summary>
/// Recursive descent over the CEL grammar. Names are resolved here, so that a rule with an unknown function or
/// variable is refused when it is declared, not when it first runs.
/// </summary>
internal sealed class CelParser
{
    private static readonly string[][] Levels =
        [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]];

    private static readonly HashSet<string> Macros = ["all", "exists", "exists_one", "map", "filter"];

    private readonly List<CelToken> _tokens;
    private readonly List<string> _variables;
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private int _at;
    private int _depth;

    private CelParser(string expression, IEnumerable<string> variables)
    {
        _tokens = CelLexer.Read(expression);
        _variables = [.. variables];
    }

    /// <returns>The tree and the free variables it uses.</returns>
    public static (CelNode Root, IReadOnlySet<string> Used) Parse(string expression, IEnumerable<string> variables)
    {
        var parser = new CelParser(expression, variables);
        var root = parser.Expression();
        if (parser.Current.Kind != CelTokenKind.End)
            throw parser.Unexpected();
        return (root, parser._used);
    }

    private CelToken Current => _tokens[_at];

    private CelNode Expression()
    {
        // Far beyond any rule a person writes, far below the end of the stack.
        if (++_depth > 200)
            throw new CelException("expression nesting too deep", Current.Position);
        var test = Binary(0);
        if (Current is { Kind: CelTokenKind.Symbol, Text: "?" } question)
        {
            _at++;
            var then = Binary(0);
            Expect(":");
            test = new CelConditional(test, then, Expression(), question.Position);
        }
        _depth--;
        return test;
    }

    private CelNode Binary(int level)
    {
        if (level == Levels.Length)
            return Unary();
        var left = Binary(level + 1);
        while (Current.Kind is CelTokenKind.Symbol or CelTokenKind.Identifier && Levels[level].Contains(Current.Text))
        {
            var token = _tokens[_at++];
            left = new CelBinary(token.Text, left, Binary(level + 1), token.Position);
        }
        return left;
    }

    private CelNode Unary()
    {
        var token = Current;
        if (token is not { Kind: CelTokenKind.Symbol, Text: "!" or "-" })
            return Member();
        _at++;
        if (token.Text == "-" && Current.Value == CelLexer.LeastInt)
        {
            _at++;
            return new CelLiteral(long.MinValue, token.Position);
        }
        return new CelUnary(token.Text, Unary(), token.Position);
    }

    private CelNode Member()
    {
        var node = Primary();
        while (true)
        {
            var token = Current;
            if (Accept("."))
            {
                var name = Name();
                node = Accept("(") ? Method(node, name, token.Position) : new CelSelect(node, name, token.Position);
            }
            else if (Accept("["))
            {
                node = new CelIndex(node, Expression(), token.Position);
                Expect("]");
            }
            else
            {
                return CheckVariable(node);
            }
        }
    }

    // Only now: until the member chain ends, "ip" in "ip.isCanonical(x)" may be the name space of a function.
    private CelNode CheckVariable(CelNode node)
    {
        var root = node;
        while (root is CelSelect or CelIndex)
            root = root is CelSelect select ? select.Target : ((CelIndex)root).Target;
        if (root is CelIdentifier { Name: var name, Position: var position })
        {
            if (!_variables.Contains(name))
                throw new CelException($"undeclared reference to '{name}' (in container '')", position);
            _used.Add(name);
        }
        return node;
    }

    private CelNode Method(CelNode target, string name, int position)
    {
        if (Macros.Contains(name) && Macro(CheckVariable(target), name, position) is { } macro)
            return macro;
        var arguments = List(")");
        if (target is CelIdentifier space && !_variables.Contains(space.Name)
            && CelFunction.Find($"{space.Name}.{name}", isMethod: false, arguments.Count) is { } qualified)
            return new CelCall(qualified, arguments, position);
        var function = CelFunction.Find(name, isMethod: true, arguments.Count + 1)
            ?? throw new CelException($"undeclared reference to '{name}' (in container '')", position);
        return new CelCall(function, [CheckVariable(target), .. arguments], position);
    }

    private CelMacro? Macro(CelNode range, string kind, int position)
    {
        if (Current.Kind != CelTokenKind.Identifier || _tokens[_at + 1].Text != ",")
            throw new CelException($"{kind}: the first argument must be a simple name", Current.Position);
        var variable = Name();
        Expect(",");
        _variables.Add(variable);
        var body = Expression();
        CelNode? filter = null;
        if (kind == "map" && Accept(","))
        {
            filter = body;
            body = Expression();
        }
        Expect(")");
        _variables.RemoveAt(_variables.Count - 1);
        return new CelMacro(kind, range, variable, filter, body, position);
    }

    private CelNode Primary()
    {
        var token = _tokens[_at++];
        switch (token)
        {
            case { Kind: CelTokenKind.Literal } when token.Value != CelLexer.LeastInt:
                return new CelLiteral(token.Value, token.Position);
            case { Kind: CelTokenKind.Identifier, Text: "true" or "false" }:
                return new CelLiteral(token.Text == "true", token.Position);
            case { Kind: CelTokenKind.Identifier, Text: "null" }:
                return new CelLiteral(null, token.Position);
            case { Kind: CelTokenKind.Identifier, Text: not "in" }:
                return Accept("(") ? Call(token) : new CelIdentifier(token.Text, token.Position);
            case { Kind: CelTokenKind.Symbol, Text: "(" }:
                var inner = Expression();
                Expect(")");
                return inner;
            case { Kind: CelTokenKind.Symbol, Text: "[" }:
                return new CelListNode(List("]"), token.Position);
            case { Kind: CelTokenKind.Symbol, Text: "{" }:
                return Map(token.Position);
            default:
                _at--;
                throw Unexpected();
        }
    }

    private CelNode Call(CelToken name)
    {
        var arguments = List(")");
        if (name.Text == "has")
        {
            return arguments is [CelSelect select]
                ? new CelHas(select, name.Position)
                : throw new CelException("invalid argument to has() macro", name.Position);
        }
        var function = CelFunction.Find(name.Text, isMethod: false, arguments.Count)
            ?? throw new CelException($"undeclared reference to '{name.Text}' (in container '')", name.Position);
        return new CelCall(function, arguments, name.Position);
    }

    private List<CelNode> List(string end)
    {
        var items = new List<CelNode>();
        while (!Accept(end))
        {
            items.Add(Expression());
            if (!Accept(","))
            {
                Expect(end);
                break;
            }
        }
        return items;
    }

    private CelMapNode Map(int position)
    {
        var entries = new List<(CelNode, CelNode)>();
        while (!Accept("}"))
        {
            var key = Expression();
            Expect(":");
            entries.Add((key, Expression()));
            if (!Accept(","))
            {
                Expect("}");
                break;
            }
        }
        return new CelMapNode(entries, position);
    }

    private string Name() => Current.Kind == CelTokenKind.Identifier ? _tokens[_at++].Text : throw Unexpected();

    private bool Accept(string symbol)
    {
        if (Current.Kind != CelTokenKind.Symbol || Current.Text != symbol)
            return false;
        _at++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Accept(symbol))
            throw Unexpected();
    }

    private CelException Unexpected() => new($"Syntax error: unexpected '{Current.Text}'", Current.Position);
}
