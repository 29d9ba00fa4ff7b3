using System.Globalization;
using System.Text;

namespace LbSpeaker.Lab.Api.Cel;

internal enum CelTokenKind { End, Identifier, Literal, Symbol }

/// <param name="Text">The identifier or symbol.</param>
/// <param name="Value">The value of a literal.</param>
internal readonly record struct CelToken(CelTokenKind Kind, string Text, object? Value, int Position);

/// <summary>Tokens of the CEL grammar (language definition, "Lexis").</summary>
internal static class CelLexer
{
    private static readonly string[] Symbols =
        ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"];

    public static List<CelToken> Read(string text)
    {
        var tokens = new List<CelToken>();
        var at = 0;
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (at == text.Length)
                break;
            if (text.AsSpan(at).StartsWith("//"))
            {
                var end = text.IndexOf('\n', at);
                at = end < 0 ? text.Length : end;
                continue;
            }
            tokens.Add(Next(text, ref at));
        }
        tokens.Add(new CelToken(CelTokenKind.End, "end of expression", null, text.Length));
        return tokens;
    }

    private static CelToken Next(string text, ref int at)
    {
        var start = at;
        if (StringStart(text, at) is var (raw, bytes, quote))
        {
            var value = ReadString(text, ref at, raw, bytes, quote);
            return new CelToken(CelTokenKind.Literal, text[start..at], bytes ? Encoding.UTF8.GetBytes(value) : value, start);
        }
        if (char.IsAsciiLetter(text[at]) || text[at] == '_')
        {
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
                at++;
            return new CelToken(CelTokenKind.Identifier, text[start..at], null, start);
        }
        if (char.IsAsciiDigit(text[at]) || (text[at] == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
            return new CelToken(CelTokenKind.Literal, "number", ReadNumber(text, ref at), start);
        foreach (var symbol in Symbols)
        {
            if (text.AsSpan(at).StartsWith(symbol))
            {
                at += symbol.Length;
                return new CelToken(CelTokenKind.Symbol, symbol, null, start);
            }
        }
        throw new CelException($"Syntax error: token recognition error at: '{text[at]}'", at);
    }

    private static object ReadNumber(string text, ref int at)
    {
        var start = at;
        var hex = text[at] == '0' && at + 1 < text.Length && text[at + 1] is 'x' or 'X';
        if (hex)
            at += 2;
        var isDouble = false;
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (hex ? char.IsAsciiHexDigit(c) : char.IsAsciiDigit(c))
                continue;
            var exponent = !hex && c is 'e' or 'E';
            if (hex || !(exponent || (c == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))))
                break;
            isDouble = true;
            if (exponent && at + 1 < text.Length && text[at + 1] is '+' or '-')
                at++;
        }
        var digits = text.AsSpan(hex ? start + 2 : start, at - (hex ? start + 2 : start));
        if (isDouble)
            return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
                ? real : throw new CelException("invalid double literal", start);
        var style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        if (!ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out var whole))
            throw new CelException("invalid int literal", start);
        if (at < text.Length && text[at] is 'u' or 'U')
        {
            at++;
            return whole;
        }
        // The sign is an operator, so the least int comes here as 2^63 and is put right by the parser.
        return whole <= long.MaxValue ? (long)whole
            : whole == 1UL << 63 ? LeastInt
            : throw new CelException("invalid int literal", start);
    }

    /// <summary>Stands for 9223372036854775808, which is an int only behind a minus sign.</summary>
    public static readonly object LeastInt = new();

    private static (bool Raw, bool Bytes, string Quote)? StringStart(string text, int at)
    {
        var raw = false;
        var bytes = false;
        var i = at;
        for (; i < text.Length && text[i] is 'r' or 'R' or 'b' or 'B' && i - at < 2; i++)
        {
            raw |= text[i] is 'r' or 'R';
            bytes |= text[i] is 'b' or 'B';
        }
        if (i == text.Length || text[i] is not ('"' or '\''))
            return null;
        var triple = new string(text[i], 3);
        return (raw, bytes, text.AsSpan(i).StartsWith(triple) ? triple : triple[..1]);
    }

    private static string ReadString(string text, ref int at, bool raw, bool bytes, string quote)
    {
        var start = at;
        at = text.IndexOf(quote, at, StringComparison.Ordinal) + quote.Length;
        var value = new StringBuilder();
        while (at < text.Length)
        {
            if (text.AsSpan(at).StartsWith(quote))
            {
                at += quote.Length;
                return value.ToString();
            }
            if (text[at] == '\n' && quote.Length == 1)
                break;
            if (text[at] == '\\' && !raw)
                value.Append(ReadEscape(text, ref at, bytes));
            else
                value.Append(text[at++]);
        }
        throw new CelException("Syntax error: unterminated string", start);
    }

    private static string ReadEscape(string text, ref int at, bool bytes)
    {
        var start = at++;
        var c = at < text.Length ? text[at++] : throw new CelException("Syntax error: unterminated escape", start);
        const string Simple = "abfnrtv\\?\"'`";
        if (Simple.IndexOf(c, StringComparison.Ordinal) is var index and >= 0)
            return "\a\b\f\n\r\t\v\\?\"'`"[index].ToString();
        var (length, radix) = c switch { 'x' or 'X' => (2, 16), 'u' => (4, 16), 'U' => (8, 16), >= '0' and <= '3' => (3, 8), _ => (0, 0) };
        if (radix == 8)
            at--;
        // Bytes beyond ASCII would need a value of their own kind; no rule of a schema has use for them.
        if (length == 0 || at + length > text.Length || bytes)
            throw new CelException($"Syntax error: unsupported escape \\{c}", start);
        var code = 0;
        foreach (var digit in text.AsSpan(at, length))
        {
            var value = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : radix;
            if (value >= radix)
                throw new CelException($"Syntax error: bad escape \\{c}", start);
            code = (code * radix) + value;
        }
        at += length;
        return Rune.IsValid(code) ? new Rune(code).ToString() : throw new CelException("Syntax error: no such character", start);
    }
}
