namespace LbSpeaker.Tests.Manifests.Chart;

/// <summary>What a word of an action is.</summary>
internal enum TokenKind { Word, Field, Variable, Text, Number, Mark }

/// <param name="Text">Without quotes; a field or a variable with its dots, such as <c>.Values.rbac.create</c> and <c>$path</c>.</param>
internal sealed record Token(TokenKind Kind, string Text);

/// <summary>A piece of a template: text as it stands, or an action.</summary>
/// <param name="Action">Null for text.</param>
internal sealed record Piece(string Text, IReadOnlyList<Token>? Action);

/// <summary>Takes a Go template apart: text, and actions between double braces, whose dashes eat the blanks beside them.</summary>
internal static class TemplateLexer
{
    /// <exception cref="FormatException">An action does not end, or has something in it that is not of the subset.</exception>
    public static IReadOnlyList<Piece> Pieces(string template)
    {
        List<Piece> pieces = [];
        int at = 0;
        bool trims = false;
        while (at < template.Length)
        {
            int open = template.IndexOf("{{", at, StringComparison.Ordinal);
            string text = template[at..(open < 0 ? template.Length : open)];
            if (trims) text = text.TrimStart();
            if (open < 0)
            {
                pieces.Add(new(text, null));
                break;
            }
            int close = template.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0) throw new FormatException($"an action does not end: {template[open..]}");
            string action = template[(open + 2)..close];
            if (action.StartsWith("- ", StringComparison.Ordinal) || action.StartsWith("-\n", StringComparison.Ordinal))
            {
                text = text.TrimEnd();
                action = action[1..];
            }
            trims = action.EndsWith(" -", StringComparison.Ordinal);
            if (trims) action = action[..^1];
            pieces.Add(new(text, null));
            if (!action.TrimStart().StartsWith("/*", StringComparison.Ordinal)) pieces.Add(new("", Tokens(action)));
            at = close + 2;
        }
        return pieces;
    }

    private static List<Token> Tokens(string action)
    {
        List<Token> tokens = [];
        for (int at = 0; at < action.Length;)
        {
            char first = action[at];
            if (char.IsWhiteSpace(first))
            {
                at++;
                continue;
            }
            if (first == '"')
            {
                int end = at + 1;
                while (action[end] != '"') end += action[end] == '\\' ? 2 : 1;
                tokens.Add(new(TokenKind.Text, System.Text.Json.JsonSerializer.Deserialize<string>(action[at..(end + 1)])!));
                at = end + 1;
                continue;
            }
            if (action[at..].StartsWith(":=", StringComparison.Ordinal))
            {
                tokens.Add(new(TokenKind.Mark, ":="));
                at += 2;
                continue;
            }
            if (first is '(' or ')' or '|' or ',')
            {
                tokens.Add(new(TokenKind.Mark, first.ToString()));
                at++;
                continue;
            }
            int stop = at;
            while (stop < action.Length && (char.IsAsciiLetterOrDigit(action[stop]) || action[stop] is '.' or '$' or '_')) stop++;
            if (stop == at) throw new FormatException($"'{first}' is not of the subset: {action}");
            TokenKind kind = first switch { '.' => TokenKind.Field, '$' => TokenKind.Variable, >= '0' and <= '9' => TokenKind.Number, _ => TokenKind.Word };
            tokens.Add(new(kind, action[at..stop]));
            at = stop;
        }
        return tokens;
    }
}
