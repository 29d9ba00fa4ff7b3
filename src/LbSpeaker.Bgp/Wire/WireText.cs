using System.Globalization;
using System.Text;

namespace LbSpeaker.Bgp.Wire;

/// <summary>How octets and a peer's text stand in a line of a log.</summary>
internal static class WireText
{
    public static string Hex(ReadOnlySpan<byte> octets) => $"0x{Convert.ToHexStringLower(octets)}";

    /// <summary>In quotes, with everything escaped that could end the line, the quotes, or the reader's terminal session (RFC 9003 section 6).</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
            if (rune.Value is '"' or '\\') quoted.Append('\\').Append(rune);
            else if (IsPrintable(rune)) quoted.Append(rune);
            else quoted.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        return quoted.Append('"').ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate);
}
