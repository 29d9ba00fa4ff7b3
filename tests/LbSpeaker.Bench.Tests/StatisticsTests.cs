using CsCheck;
using LbSpeaker.Bench.Figures;

namespace LbSpeaker.Bench.Tests;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(new double[] { 7 }, 1, 7)]
    [InlineData(new double[] { 7 }, 100, 7)]
    [InlineData(new double[] { 15, 20, 35, 40, 50 }, 5, 15)]
    [InlineData(new double[] { 15, 20, 35, 40, 50 }, 40, 20)]
    [InlineData(new double[] { 15, 20, 35, 40, 50 }, 40.1, 35)]
    [InlineData(new double[] { 50, 15, 40, 20, 35 }, 100, 50)]
    public void A_percentile_is_the_nearest_rank(double[] values, double percent, double expected) => Assert.Equal(expected, Statistics.Percentile(values, percent));

    [Fact]
    public void The_99th_percentile_of_2000_is_the_1980th() => Assert.Equal(1980, Statistics.Percentile([.. Enumerable.Range(1, 2000).Select(i => (double)i).Reverse()], 99));

    [Theory]
    [InlineData(new double[] { 3 }, 3)]
    [InlineData(new double[] { 9, 1, 5 }, 5)]
    [InlineData(new double[] { 9, 1, 5, 6 }, 5.5)]
    public void A_median_is_in_the_middle(double[] values, double expected) => Assert.Equal(expected, Statistics.Median(values));

    [Theory]
    [InlineData(0)]
    [InlineData(100.5)]
    public void A_percentage_outside_is_refused(double percent) => Assert.Throws<ArgumentOutOfRangeException>(() => Statistics.Percentile([1], percent));

    [Fact]
    public void Of_nothing_there_is_neither()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Statistics.Percentile([], 50));
        Assert.Throws<ArgumentOutOfRangeException>(() => Statistics.Median([]));
    }

    [Fact]
    public void A_percentile_is_an_observation_that_so_many_do_not_exceed() => Gen.Select(Gen.Double[0, 1000].Array[1, 50], Gen.Int[1, 100]).Sample((values, percent) =>
    {
        double found = Statistics.Percentile(values, percent);
        Assert.Contains(found, values);
        Assert.True(values.Count(v => v <= found) >= values.Length * percent / 100.0);
        Assert.True(values.Count(v => v < found) < values.Length * percent / 100.0);
    });
}
