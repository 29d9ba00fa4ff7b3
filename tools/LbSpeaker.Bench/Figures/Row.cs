namespace LbSpeaker.Bench.Figures;

/// <summary>A figure as it came out: each system's value is the median over its rounds.</summary>
/// <param name="Ours">Null where it was not measured.</param>
/// <param name="Ratio">
/// Ours by the peer's: the median over pairs of rounds, since two rounds in a row see the same machine and the first and the last do not. Null without either.
/// </param>
/// <param name="Others">Further systems of the same measurement.</param>
internal sealed record Row(Figure Figure, string Unit, double? Ours, double? Peer, double? Ratio, IReadOnlyList<(string System, double Value)> Others)
{
    /// <summary>Null where there is no bar, or nothing to hold it against.</summary>
    public bool? IsHeld => Figure.Bar is not { } bar || (bar.IsRatio ? Ratio : Ours) is not { } value ? null : bar.IsHeld(value);

    public static Row Of(Figure figure, Samples samples)
    {
        double[] ours = samples.Of(figure.Sample, Samples.Ours, figure.Value);
        double[] peer = figure.Peer is null ? [] : samples.Of(figure.Sample, figure.Peer, figure.Value);
        int pairs = Math.Min(ours.Length, peer.Length);
        return new(
            figure,
            samples.UnitOf(figure.Sample) ?? "",
            MedianOrNull(ours),
            MedianOrNull(peer),
            MedianOrNull([.. Enumerable.Range(0, pairs).Where(i => peer[i] != 0).Select(i => ours[i] / peer[i])]),
            [.. samples.SystemsOf(figure.Sample).Where(s => s != Samples.Ours && s != figure.Peer).Select(s => (s, Statistics.Median(samples.Of(figure.Sample, s, figure.Value))))]);
    }

    private static double? MedianOrNull(double[] values) => values.Length == 0 ? null : Statistics.Median(values);
}
