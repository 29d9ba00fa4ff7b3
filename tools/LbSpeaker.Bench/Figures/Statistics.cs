namespace LbSpeaker.Bench.Figures;

/// <summary>What is made of many observations.</summary>
internal static class Statistics
{
    /// <summary>The smallest observation that at least <paramref name="percent"/> of all do not exceed (nearest rank).</summary>
    /// <param name="values">At least one, in any order.</param>
    /// <param name="percent">Above 0, up to 100.</param>
    public static double Percentile(IReadOnlyCollection<double> values, double percent)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Ceiling(sorted.Length * percent / 100) - 1];
    }

    /// <summary>The middle observation; of an even number the mean of the middle two.</summary>
    public static double Median(IReadOnlyCollection<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Count);
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
