using System.Globalization;

namespace LbSpeaker.Bench.Figures;

/// <summary>What one round of one measurement observed.</summary>
/// <param name="Values">At least one.</param>
internal sealed record Round(string Name, string System, IReadOnlyList<double> Values, string Unit);

/// <summary>
/// What the parts of the bench print, a line each: <c>NAME VALUE... UNIT</c> or <c>NAME@SYSTEM VALUE... UNIT</c> is one round, of LbSpeaker where no system
/// is named; <c># TEXT</c> is a note for the reader of the table. Lines of one name and system are its rounds in their order.
/// </summary>
internal sealed record Samples(IReadOnlyList<Round> Rounds, IReadOnlyList<string> Notes)
{
    public const string Ours = "LbSpeaker";

    /// <exception cref="FormatException">A line is neither; the message names it.</exception>
    public static Samples Read(IEnumerable<string> lines)
    {
        List<Round> rounds = [];
        List<string> notes = [];
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            if (line.StartsWith('#')) notes.Add(line[1..].Trim());
            else if (!string.IsNullOrWhiteSpace(line)) rounds.Add(ReadRound(line, number));
        }
        return new(rounds, notes);
    }

    /// <summary>The rounds of one measurement, each brought to one number.</summary>
    public double[] Of(string name, string system, RoundValue value) => [.. RoundsOf(name).Where(r => r.System == system).Select(r => value.Of(r.Values))];

    /// <summary>Every system that the measurement was made of, as first met.</summary>
    public IEnumerable<string> SystemsOf(string name) => RoundsOf(name).Select(r => r.System).Distinct();

    public string? UnitOf(string name) => RoundsOf(name).FirstOrDefault()?.Unit;

    private IEnumerable<Round> RoundsOf(string name) => Rounds.Where(r => r.Name == name);

    private static Round ReadRound(string line, int number)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length < 3) throw new FormatException($"line {number}: expected NAME VALUE... UNIT, found \"{line}\"");
        string[] name = words[0].Split('@', 2);
        double[] values = new double[words.Length - 2];
        for (int i = 0; i < values.Length; i++)
            if (!double.TryParse(words[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !double.IsFinite(values[i]))
                throw new FormatException($"line {number}: \"{words[i + 1]}\" is no number");
        return new(name[0], name.Length == 2 ? name[1] : Ours, values, words[^1]);
    }
}
