using System.Globalization;

namespace LbSpeaker.Bench.Figures;

/// <summary>How the observations of one round become one number: a percentile, or the only one that there is.</summary>
internal readonly record struct RoundValue(double? Percent)
{
    /// <exception cref="FormatException">Neither <c>one</c> nor <c>pN</c>.</exception>
    public static RoundValue Parse(string text) =>
        text == "one" ? new(null)
        : text.StartsWith('p') && double.TryParse(text.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is > 0 and <= 100 ? new(percent)
        : throw new FormatException($"\"{text}\" is neither \"one\" nor a percentile such as p99");

    /// <exception cref="FormatException">One observation is expected, and there are more.</exception>
    public double Of(IReadOnlyList<double> values) =>
        Percent is { } percent ? Statistics.Percentile(values, percent)
        : values.Count == 1 ? values[0]
        : throw new FormatException($"a round has {values.Count} values where one is expected");
}

/// <summary>What a figure has to hold.</summary>
/// <param name="IsRatio">It is about the ratio to the peer, not the figure itself.</param>
/// <param name="IsAtLeast">Not less than the limit; else not more.</param>
internal sealed record Bar(bool IsRatio, bool IsAtLeast, double Limit)
{
    /// <summary><c>&lt;= 50</c>, <c>&gt;= 100000</c>, <c>&lt;= 1.5 x</c> (of the peer), or <c>-</c> for none.</summary>
    /// <exception cref="FormatException">None of these.</exception>
    public static Bar? Parse(string text)
    {
        if (text == "-") return null;
        string[] words = text.Split(' ');
        if (words.Length is 2 or 3 && words[0] is "<=" or ">=" && words is not [_, _, not "x"]
            && double.TryParse(words[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double limit))
            return new(words.Length == 3, words[0] == ">=", limit);
        throw new FormatException($"\"{text}\" is no bar: write \"<= 50\", \">= 100000\", \"<= 1.5 x\" or \"-\"");
    }

    public bool IsHeld(double value) => IsAtLeast ? value >= Limit : value <= Limit;

    public override string ToString() => $"{(IsAtLeast ? "≥" : "≤")} {Number.Text(Limit)}{(IsRatio ? " ×" : "")}";
}

/// <summary>One row of the table to be.</summary>
/// <param name="Sample">The name of its measurement.</param>
/// <param name="Peer">The system of the same measurement that it is compared with; null for none.</param>
/// <param name="Cited">What was measured or published elsewhere, in words; empty for nothing.</param>
internal sealed record Figure(string Part, string Title, string Sample, RoundValue Value, string? Peer, Bar? Bar, string Cited)
{
    /// <summary>A file of rows with seven columns, parted by tabs; empty lines and lines that start with # are passed over.</summary>
    /// <exception cref="FormatException">A row cannot be read; the message names it.</exception>
    public static IReadOnlyList<Figure> ReadAll(IEnumerable<string> lines)
    {
        List<Figure> figures = [];
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            if (line.Length == 0 || line.StartsWith('#')) continue;
            try
            {
                figures.Add(Read(line.Split('\t')));
            }
            catch (FormatException failure)
            {
                throw new FormatException($"line {number}: {failure.Message}", failure);
            }
        }
        return figures;
    }

    private static Figure Read(string[] columns)
    {
        if (columns.Length != 7) throw new FormatException($"expected 7 columns, found {columns.Length}");
        Figure figure = new(columns[0], columns[1], columns[2], RoundValue.Parse(columns[3]), columns[4] == "-" ? null : columns[4], Bar.Parse(columns[5]), columns[6] == "-" ? "" : columns[6]);
        return figure.Bar is { IsRatio: true } && figure.Peer is null ? throw new FormatException("a ratio needs a peer") : figure;
    }
}
