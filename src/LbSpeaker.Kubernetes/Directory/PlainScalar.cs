using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>What a plain (unquoted) scalar means: the core schema of YAML 1.2, section 10.3.2. What fits none of its forms is text.</summary>
internal static partial class PlainScalar
{
    public static void Write(string text, Utf8JsonWriter json)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                json.WriteNullValue();
                return;
            case "true" or "True" or "TRUE":
                json.WriteBooleanValue(true);
                return;
            case "false" or "False" or "FALSE":
                json.WriteBooleanValue(false);
                return;
        }
        if (MayBeNumber(text[0]) && TryWriteNumber(text, json)) return;
        json.WriteStringValue(text);
    }

    private static bool MayBeNumber(char first) => char.IsAsciiDigit(first) || first is '+' or '-' or '.';

    private static bool TryWriteNumber(string text, Utf8JsonWriter json)
    {
        if (Decimal().IsMatch(text))
        {
            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)) json.WriteNumberValue(number);
            else if (ulong.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out ulong large)) json.WriteNumberValue(large);
            else return TryWriteFloat(text, json);
            return true;
        }
        if (text.StartsWith("0x", StringComparison.Ordinal) && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hexadecimal))
        {
            json.WriteNumberValue(hexadecimal);
            return true;
        }
        if (Octal().IsMatch(text))
        {
            json.WriteNumberValue(Convert.ToUInt64(text[2..], 8));
            return true;
        }
        return Float().IsMatch(text) && TryWriteFloat(text, json);
    }

    /// <summary>False for what JSON has no number for; it stays text then, and is a fault wherever a number is expected.</summary>
    private static bool TryWriteFloat(string text, Utf8JsonWriter json)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number)) return false;
        json.WriteNumberValue(number);
        return true;
    }

    [GeneratedRegex(@"^[-+]?[0-9]+\z")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^0o[0-7]{1,21}\z")]
    private static partial Regex Octal();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Float();
}
