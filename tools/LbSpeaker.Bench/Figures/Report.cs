using System.Text;

namespace LbSpeaker.Bench.Figures;

/// <summary>A part's table, and what stands around it.</summary>
internal sealed record Report(IReadOnlyList<Row> Rows, IReadOnlyList<string> Notes)
{
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
        if (Notes.Count > 0) text.AppendLine().AppendJoin('\n', Notes.Distinct().Select(n => $"- {n}")).AppendLine();
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Others(Row row)
    {
        string measured = string.Join(", ", row.Others.Select(o => $"{o.System} {Number.Text(o.Value)}"));
        string cited = row.Figure.Cited.Length == 0 ? "" : row.Figure.Cited + " †";
        return measured.Length > 0 && cited.Length > 0 ? $"{measured}; {cited}" : measured + cited;
    }
}
