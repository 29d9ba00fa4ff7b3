using System.Text;

namespace LbSpeaker.Bench.Figures;

/// <summary>The table, what stands around it, and its place in a README.</summary>
internal sealed record Report(IReadOnlyList<Row> Rows, IReadOnlyList<string> Notes)
{
    public const string Heading = "## Measured";

    public static Report Of(IEnumerable<Figure> figures, Samples samples) => new([.. figures.Select(f => Row.Of(f, samples))], samples.Notes);

    public int Held => Rows.Count(r => r.IsHeld == true);

    public int Missed => Rows.Count(r => r.IsHeld == false);

    /// <summary>Rows with a bar and nothing to hold it against.</summary>
    public int Unmeasured => Rows.Count(r => r.Figure.Bar is not null && r.IsHeld is null);

    /// <param name="method">What stands above the table: where, when and how it was measured.</param>
    public string Markdown(string method)
    {
        StringBuilder text = new();
        if (method.Length > 0) text.AppendLine(method.Trim()).AppendLine();
        text.AppendLine("| figure | LbSpeaker | peer, same run | ratio | bar | held | others |").AppendLine("|---|---|---|---|---|---|---|");
        foreach (Row row in Rows)
            text.Append("| ").AppendJoin(" | ",
                row.Figure.Title,
                row.Ours is { } ours ? Number.Text(ours, row.Unit) : "not measured",
                row.Peer is { } peer ? $"{Number.Text(peer, row.Unit)} ({row.Figure.Peer})" : "–",
                row.Ratio is { } ratio ? Number.Text(ratio) : "–",
                row.Figure.Bar?.ToString() ?? "–",
                row.IsHeld switch { true => "yes", false => "**no**", null => "–" },
                Others(row)).AppendLine(" |");
        if (Rows.Any(r => r.Figure.Cited.Length > 0)) text.AppendLine().AppendLine("† measured or published earlier, on another machine or run: an order of magnitude, no comparison.");
        if (Notes.Count > 0) text.AppendLine().AppendJoin('\n', Notes.Distinct().Select(n => $"- {n}")).AppendLine();
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>The README with the section in place of the one of this heading, or before the last section where there is none yet.</summary>
    public static string PutInto(string readme, string section)
    {
        string block = $"{Heading}\n\n{section.Trim()}\n\n";
        int begin = FindHeading(readme, 0, line => line == Heading);
        if (begin >= 0)
        {
            int next = FindHeading(readme, begin + Heading.Length, _ => true);
            return readme[..begin] + (next < 0 ? block.TrimEnd() + "\n" : block + readme[next..]);
        }
        int last = -1;
        for (int at = FindHeading(readme, 0, _ => true); at >= 0; at = FindHeading(readme, at + 1, _ => true)) last = at;
        return last < 0 ? readme.TrimEnd() + "\n\n" + block.TrimEnd() + "\n" : readme[..last] + block + readme[last..];
    }

    /// <summary>Where the next heading of the second level stands that fulfils the condition; -1 for none. What stands in fenced code is none.</summary>
    private static int FindHeading(string text, int from, Func<string, bool> condition)
    {
        bool isCode = false;
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0) end = text.Length;
            string line = text[at..end].TrimEnd();
            if (line.StartsWith("```", StringComparison.Ordinal)) isCode = !isCode;
            else if (!isCode && at >= from && line.StartsWith("## ", StringComparison.Ordinal) && condition(line)) return at;
            at = end + 1;
        }
        return -1;
    }

    private static string Others(Row row)
    {
        string measured = string.Join(", ", row.Others.Select(o => $"{o.System} {Number.Text(o.Value)}"));
        string cited = row.Figure.Cited.Length == 0 ? "" : row.Figure.Cited + " †";
        return measured.Length > 0 && cited.Length > 0 ? $"{measured}; {cited}" : measured + cited;
    }
}
