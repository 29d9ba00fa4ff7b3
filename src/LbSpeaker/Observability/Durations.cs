using System.Diagnostics.Metrics;

namespace LbSpeaker.Observability;

/// <summary>Histograms of durations, in seconds as Prometheus has it.</summary>
internal static class Durations
{
    /// <summary>How long a turn of a loop took, up to the point where its plan is made.</summary>
    public static Histogram<double> CreatePlanTime(this Meter meter, string name) =>
        meter.CreateSeconds(name, "how long it took to plan, once for all changes that had come", 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1);

    /// <param name="bounds">The upper bounds of the buckets, each included, growing.</param>
    public static Histogram<double> CreateSeconds(this Meter meter, string name, string description, params double[] bounds) =>
        meter.CreateHistogram(name, description: description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
