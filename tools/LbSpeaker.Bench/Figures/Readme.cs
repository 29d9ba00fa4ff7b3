namespace LbSpeaker.Bench.Figures;

/// <summary>A README with a section of tables, one for each part of the bench under a heading of its own; all else in it belongs to people.</summary>
internal static class Readme
{
    public const string Heading = "## Measured";

    public static string PartHeading(string part) => $"### {part}";

    /// <summary>The README with the table in place of the part's old one. A part that is new comes before those that follow it, the section before the last one.</summary>
    /// <param name="order">All parts.</param>
    public static string Put(string readme, string part, string table, IReadOnlyList<string> order)
    {
        string block = $"{PartHeading(part)}\n\n{table.Trim()}";
        List<(int At, string Line)> headings = HeadingsOf(readme);
        int section = headings.FindIndex(h => h.Line == Heading);
        if (section < 0)
        {
            int last = headings.FindLastIndex(h => IsSection(h.Line));
            return Join(readme, last < 0 ? readme.Length : headings[last].At, $"{Heading}\n\n{block}", last < 0 ? readme.Length : headings[last].At);
        }
        int StartOf(int heading) => heading < headings.Count ? headings[heading].At : readme.Length;
        int end = headings.FindIndex(section + 1, h => IsSection(h.Line));
        if (end < 0) end = headings.Count;
        int old = headings.FindIndex(section + 1, end - section - 1, h => h.Line == PartHeading(part));
        if (old >= 0) return Join(readme, StartOf(old), block, StartOf(old + 1));
        string[] later = [.. order.SkipWhile(p => p != part).Skip(1).Select(PartHeading)];
        int next = headings.FindIndex(section + 1, end - section - 1, h => later.Contains(h.Line));
        int at = StartOf(next < 0 ? end : next);
        return Join(readme, at, block, at);
    }

    private static bool IsSection(string heading) => heading.StartsWith("## ", StringComparison.Ordinal);

    /// <summary>The block between what ends and what begins there, one empty line around it.</summary>
    private static string Join(string readme, int end, string block, int begin)
    {
        string before = readme[..end].TrimEnd(), after = readme[begin..].TrimStart('\n');
        return (before.Length > 0 ? before + "\n\n" : "") + block + (after.Length > 0 ? "\n\n" + after : "\n");
    }

    /// <summary>Those of the second and third level, and where they begin. What stands in fenced code is none.</summary>
    private static List<(int At, string Line)> HeadingsOf(string text)
    {
        List<(int, string)> headings = [];
        bool isCode = false;
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0) end = text.Length;
            string line = text[at..end].TrimEnd();
            if (line.StartsWith("```", StringComparison.Ordinal)) isCode = !isCode;
            else if (!isCode && (IsSection(line) || line.StartsWith("### ", StringComparison.Ordinal))) headings.Add((at, line));
            at = end + 1;
        }
        return headings;
    }
}
