using System.Diagnostics.Metrics;
using LbSpeaker.Observability;

namespace LbSpeaker.Tests.Observability;

/// <summary>Instruments as Prometheus reads them.</summary>
public sealed class PrometheusExporterTests
{
    [Fact]
    public void Counters_gauges_and_histograms()
    {
        using Meter meter = new("LbSpeaker.Test");
        using PrometheusExporter exporter = new();
        Counter<long> counter = meter.CreateCounter<long>("test_counted_total", description: "what was\ncounted");
        meter.CreateObservableGauge("test_gauge", () => new Measurement<double>(0.5, new KeyValuePair<string, object?>("name", "a \"b\" \\")));
        Histogram<double> histogram = meter.CreateSeconds("test_seconds", "durations", 0.5, 1);
        counter.Add(1, new KeyValuePair<string, object?>("kind", "x"));
        counter.Add(2, new KeyValuePair<string, object?>("kind", "x"));
        foreach (double value in (double[])[0.25, 0.5, 0.75, 8]) histogram.Record(value);

        Assert.Equal("""
            # HELP test_counted_total what was\ncounted
            # TYPE test_counted_total counter
            test_counted_total{kind="x"} 3
            # TYPE test_gauge gauge
            test_gauge{name="a \"b\" \\"} 0.5
            # HELP test_seconds durations
            # TYPE test_seconds histogram
            test_seconds_bucket{le="0.5"} 2
            test_seconds_bucket{le="1"} 3
            test_seconds_bucket{le="+Inf"} 4
            test_seconds_sum 9.5
            test_seconds_count 4

            """, Own(exporter.Render()));
    }

    [Fact]
    public void What_is_gone_of_a_gauge_is_not_told_again()
    {
        using Meter meter = new("LbSpeaker.Test");
        using PrometheusExporter exporter = new();
        string[] names = ["a", "b"];
        meter.CreateObservableGauge("test_names", () => names.Select(n => new Measurement<int>(1, new KeyValuePair<string, object?>("name", n))));
        Assert.Contains("test_names{name=\"b\"} 1\n", exporter.Render(), StringComparison.Ordinal);
        names = ["a"];
        Assert.DoesNotContain("name=\"b\"", exporter.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void Collections_are_timed_one_by_one()
    {
        using PrometheusExporter exporter = new();
        using ProcessMetrics process = new();
        // The finalizer's thread tells of each, when it comes to it.
        bool told = SpinWait.SpinUntil(() =>
        {
            GC.Collect(0);
            GC.WaitForPendingFinalizers();
            return exporter.Render().Split('\n').Any(l => l.StartsWith("lbspeaker_gc_pause_seconds_count ", StringComparison.Ordinal) && int.Parse(l.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) >= 3);
        }, Lab.LabCluster.Patience);
        Assert.True(told);
    }

    /// <summary>The meters of tests beside this one are seen too.</summary>
    private static string Own(string text) => string.Concat(text.Split('\n').Where(l => l.Contains("test_", StringComparison.Ordinal)).Select(l => l + "\n"));
}
