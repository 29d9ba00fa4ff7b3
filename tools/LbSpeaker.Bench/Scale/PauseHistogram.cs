using System.Globalization;

namespace LbSpeaker.Bench.Scale;

/// <summary>A histogram of seconds as a metrics page shows it: how many observations do not exceed each bound.</summary>
internal sealed record PauseHistogram(IReadOnlyList<(double Bound, long Count)> Buckets)
{
    /// <param name="metrics">In Prometheus' text format.</param>
    public static PauseHistogram Read(string metrics, string name)
    {
        List<(double, long)> buckets = [];
        foreach (string line in metrics.Split('\n'))
        {
            if (!line.StartsWith(name + "_bucket{", StringComparison.Ordinal)) continue;
            const string Bound = "le=\"";
            int from = line.IndexOf(Bound, StringComparison.Ordinal) + Bound.Length;
            string bound = line[from..line.IndexOf('"', from)];
            buckets.Add((bound == "+Inf" ? double.PositiveInfinity : double.Parse(bound, CultureInfo.InvariantCulture), (long)double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture)));
        }
        return new(buckets);
    }

    /// <summary>The bound that no observation since <paramref name="before"/> exceeds, in seconds; 0 where there was none, infinite where one exceeds them all.</summary>
    public double LongestSince(PauseHistogram before)
    {
        long New(int i) => Buckets[i].Count - (i < before.Buckets.Count ? before.Buckets[i].Count : 0);
        if (Buckets.Count == 0 || New(Buckets.Count - 1) == 0) return 0;
        long all = New(Buckets.Count - 1);
        return Buckets[Enumerable.Range(0, Buckets.Count).First(i => New(i) == all)].Bound;
    }

    public long CountSince(PauseHistogram before) => Buckets.Count == 0 ? 0 : Buckets[^1].Count - (before.Buckets.Count == 0 ? 0 : before.Buckets[^1].Count);
}
