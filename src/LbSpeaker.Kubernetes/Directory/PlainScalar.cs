using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// What a plain (unquoted) scalar means to kubectl, so that a manifest is read here as it would be applied: truth values of YAML 1.1 (<c>yes</c>,
/// <c>on</c>, <c>n</c>), numbers in Go's notations (<c>0x1f</c>, <c>0o17</c>, <c>017</c>, <c>0b11</c>, <c>1_000</c>), no base 60 and no times. What fits
/// none of these is text.
/// </summary>
internal static partial class PlainScalar
{
    public static void Write(string text, Utf8JsonWriter json)
    {
        if (IsNull(text)) json.WriteNullValue();
        else if (TruthOf(text) is { } truth) json.WriteBooleanValue(truth);
        else if (NumberOf(text) is { } number) json.WriteRawValue(number);
        else json.WriteStringValue(text);
    }

    public static bool IsText(string text) => !IsNull(text) && TruthOf(text) is null && NumberOf(text) is null;

    public static bool IsNull(string text) => text is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>The text as the key of a mapping: JSON has no other keys, and kubectl makes text of truth values and numbers.</summary>
    public static string AsKey(string text) => TruthOf(text) switch
    {
        true => "true",
        false => "false",
        null => NumberOf(text) ?? text,
    };

    private static bool? TruthOf(string text) => text switch
    {
        "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON" => true,
        "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF" => false,
        _ => null,
    };

    /// <summary>As JSON writes it; null for what is no number, and for infinities, for which JSON has none.</summary>
    private static string? NumberOf(string text)
    {
        if (text.Length == 0 || !char.IsAsciiDigit(text[0]) && text[0] is not ('+' or '-' or '.')) return null;
        string plain = text[0] == '.' ? text : text.Replace("_", "", StringComparison.Ordinal);
        Match whole = Whole().Match(plain);
        if (whole.Success && WholeOf(whole) is { } number) return number;
        return Float().IsMatch(plain) && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real)
            ? real.ToString(CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>Null beyond 64 bits, and where a digit does not fit the base (<c>08</c>).</summary>
    private static string? WholeOf(Match match)
    {
        uint radix = match.Groups["prefix"].ValueSpan switch
        {
            "0x" or "0X" => 16,
            "0o" or "0O" or "0" => 8,
            "0b" or "0B" => 2,
            _ => 10,
        };
        UInt128 value = 0;
        foreach (char digit in match.Groups["digits"].ValueSpan)
        {
            uint one = (uint)(char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
            value = value * radix + one;
            if (one >= radix || value > ulong.MaxValue) return null;
        }
        bool isNegative = match.Value[0] == '-';
        if (isNegative && value > (UInt128)long.MaxValue + 1) return null;
        return (isNegative && value > 0 ? "-" : "") + value.ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^[-+]?(?<prefix>0[xX]|0[oO]|0[bB]|0(?=.))?(?<digits>[0-9a-fA-F]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Whole();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Float();
}
