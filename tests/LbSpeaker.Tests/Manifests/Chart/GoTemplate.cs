using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Manifests.Chart;

/// <summary>The files of a chart, as <c>.Files</c> shows them: the path below the chart, and the text.</summary>
internal sealed record ChartFiles(IReadOnlyDictionary<string, string> Texts);

/// <summary>
/// Renders the subset of Go templates that the chart keeps to: if, else if, else, with, range (of a list, or of a list and a map with two variables), define,
/// include, variables of range, pipelines, and <see cref="TemplateFunctions"/>. What is beyond it fails, and so does a name that stands for nothing.
/// It is not Helm: it shows what the templates make if Helm understands this subset as it is documented.
/// </summary>
internal sealed class GoTemplate
{
    private readonly Dictionary<string, Node> defined = [];

    private abstract record Node;
    private sealed record Text(string Value) : Node;
    private sealed record Output(IReadOnlyList<Token> Pipeline) : Node;
    private sealed record Block(IReadOnlyList<Node> Nodes) : Node;
    private sealed record Branch(string Word, IReadOnlyList<Token> Pipeline, Block Then, Block? Else) : Node;
    private sealed record Range(string? Key, string? Item, IReadOnlyList<Token> Pipeline, Block Body) : Node;

    private sealed record Scope(object? Dot, Scope? Outer, string? Name, object? Value)
    {
        public object? Of(string variable) => Name == variable ? Value : Outer is null ? throw new FormatException($"{variable} is not defined") : Outer.Of(variable);
        public Scope With(string name, object? value) => new(Dot, this, name, value);
    }

    /// <summary>Takes in what a file defines.</summary>
    public void Define(string template) => Parse(template);

    /// <param name="root">Values, Chart and Release.</param>
    public string Render(string template, JsonObject root, ChartFiles files)
    {
        StringBuilder output = new();
        Run(Parse(template), new(root, null, "$", root), files, output);
        return output.ToString();
    }

    private Block Parse(string template)
    {
        Queue<Piece> pieces = new(TemplateLexer.Pieces(template));
        Block whole = Body(pieces, out IReadOnlyList<Token>? end);
        return end is null ? whole : throw new FormatException("an end too many");
    }

    /// <param name="end">The action that ended it, <c>end</c> or <c>else …</c>; null at the end of the template.</param>
    private Block Body(Queue<Piece> pieces, out IReadOnlyList<Token>? end)
    {
        List<Node> nodes = [];
        end = null;
        while (pieces.TryDequeue(out Piece? piece))
        {
            if (piece.Action is not { } action)
            {
                nodes.Add(new Text(piece.Text));
                continue;
            }
            string word = action[0].Kind == TokenKind.Word ? action[0].Text : "";
            if (word is "end" or "else")
            {
                end = action;
                break;
            }
            IReadOnlyList<Token> rest = [.. action.Skip(1)];
            switch (word)
            {
                case "if" or "with":
                    nodes.Add(BranchOf(word, rest, pieces));
                    break;
                case "range":
                    bool named = rest.Count > 4 && rest[1].Text == "," && rest[3].Text == ":=";
                    Block body = Body(pieces, out IReadOnlyList<Token>? ended);
                    if (ended is not [{ Text: "end" }]) throw new FormatException("range without end");
                    nodes.Add(new Range(named ? rest[0].Text : null, named ? rest[2].Text : null, named ? [.. rest.Skip(4)] : rest, body));
                    break;
                case "define":
                    defined[rest[0].Text] = Body(pieces, out _);
                    break;
                default:
                    nodes.Add(new Output(action));
                    break;
            }
        }
        return new(nodes);
    }

    private Branch BranchOf(string word, IReadOnlyList<Token> pipeline, Queue<Piece> pieces)
    {
        Block then = Body(pieces, out IReadOnlyList<Token>? end);
        Block? otherwise = end switch
        {
            [{ Text: "end" }] => null,
            [{ Text: "else" }] => Body(pieces, out IReadOnlyList<Token>? last) is var body && last is [{ Text: "end" }] ? body : throw new FormatException($"{word} without end"),
            [{ Text: "else" }, { Text: "if" }, ..] => new([BranchOf("if", [.. end.Skip(2)], pieces)]),
            _ => throw new FormatException($"{word} without end"),
        };
        return new(word, pipeline, then, otherwise);
    }

    private void Run(Node node, Scope scope, ChartFiles files, StringBuilder output)
    {
        switch (node)
        {
            case Text { Value: var text }:
                output.Append(text);
                break;
            case Output { Pipeline: var pipeline }:
                output.Append(TemplateFunctions.Print(Value(pipeline, scope, files)));
                break;
            case Block { Nodes: var nodes }:
                foreach (Node each in nodes) Run(each, scope, files, output);
                break;
            case Branch branch:
                object? value = Value(branch.Pipeline, scope, files);
                if (TemplateFunctions.IsTrue(value)) Run(branch.Then, branch.Word == "with" ? scope with { Dot = value } : scope, files, output);
                else if (branch.Else is { } otherwise) Run(otherwise, scope, files, output);
                break;
            case Range range:
                foreach ((object? key, object? item) in Items(Value(range.Pipeline, scope, files)))
                {
                    Scope inner = scope with { Dot = item };
                    Run(range.Body, range.Key is null ? inner : inner.With(range.Key, key).With(range.Item!, item), files, output);
                }
                break;
        }
    }

    private static IEnumerable<(object? Key, object? Item)> Items(object? value) => value switch
    {
        JsonArray list => list.Select((item, i) => ((object?)(long)i, TemplateFunctions.Value(item))),
        ChartFiles found => found.Texts.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => ((object?)f.Key, (object?)f.Value)),
        _ => throw new FormatException($"no range over {value}"),
    };

    private object? Value(IReadOnlyList<Token> pipeline, Scope scope, ChartFiles files)
    {
        Queue<Token> tokens = new(pipeline);
        object? value = Pipeline(tokens, scope, files);
        return tokens.Count == 0 ? value : throw new FormatException($"{tokens.Peek().Text} is too much");
    }

    private object? Pipeline(Queue<Token> tokens, Scope scope, ChartFiles files)
    {
        object? value = Command(tokens, [], scope, files);
        while (tokens.TryPeek(out Token? next) && next is { Kind: TokenKind.Mark, Text: "|" })
        {
            tokens.Dequeue();
            value = Command(tokens, [value], scope, files);
        }
        return value;
    }

    /// <param name="last">What the pipeline brings: the last argument.</param>
    private object? Command(Queue<Token> tokens, object?[] last, Scope scope, ChartFiles files)
    {
        Token first = tokens.Dequeue();
        object?[] Arguments()
        {
            List<object?> arguments = [];
            while (tokens.TryPeek(out Token? next) && next is not { Kind: TokenKind.Mark, Text: "|" or ")" }) arguments.Add(Term(tokens.Dequeue(), tokens, scope, files));
            return [.. arguments, .. last];
        }
        if (first.Kind == TokenKind.Word && first.Text is not ("true" or "false")) return first.Text == "include" ? Include(Arguments(), files) : TemplateFunctions.Call(first.Text, Arguments());
        if (first.Text is ".Files.Get" or "$.Files.Get" && Arguments() is [string path]) return files.Texts.TryGetValue(path, out string? text) ? text : throw new FormatException($"the chart has no file {path}");
        if (first.Text is ".Files.Glob" or "$.Files.Glob" && Arguments() is [string pattern])
            return new ChartFiles(files.Texts.Where(f => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, f.Key, ignoreCase: false)).ToDictionary());
        object? value = Term(first, tokens, scope, files);
        return Arguments().Length == 0 ? value : throw new FormatException($"{first.Text} takes no arguments");
    }

    private object? Term(Token token, Queue<Token> tokens, Scope scope, ChartFiles files)
    {
        switch (token)
        {
            case { Kind: TokenKind.Mark, Text: "(" }:
                object? inner = Pipeline(tokens, scope, files);
                return tokens.TryDequeue(out Token? close) && close.Text == ")" ? inner : throw new FormatException("a parenthesis is open");
            case { Kind: TokenKind.Text }: return token.Text;
            case { Kind: TokenKind.Number }: return long.Parse(token.Text, CultureInfo.InvariantCulture);
            case { Kind: TokenKind.Word, Text: "true" or "false" }: return token.Text == "true";
            case { Kind: TokenKind.Field }: return Walk(scope.Dot, token.Text);
            case { Kind: TokenKind.Variable }:
                int dot = token.Text.IndexOf('.', StringComparison.Ordinal);
                return dot < 0 ? scope.Of(token.Text) : Walk(scope.Of(token.Text[..dot]), token.Text[dot..]);
            default: throw new FormatException($"{token.Text} is not of the subset");
        }
    }

    private static object? Walk(object? from, string path)
    {
        foreach (string name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
            from = from is JsonObject map && map.TryGetPropertyValue(name, out JsonNode? next) ? TemplateFunctions.Value(next) : throw new FormatException($"{path}: there is no {name}");
        return from;
    }

    private string Include(object?[] arguments, ChartFiles files)
    {
        if (arguments is not [string name, var dot] || !defined.TryGetValue(name, out Node? body)) throw new FormatException($"include of {arguments.FirstOrDefault()}");
        StringBuilder output = new();
        Run(body, new(dot, null, "$", dot), files, output);
        return output.ToString();
    }
}
