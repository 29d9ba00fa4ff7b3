using LbSpeaker.Bench.Figures;

namespace LbSpeaker.Bench.Tests;

public sealed class FigureTests
{
    [Theory]
    [InlineData("<= 50", 50, true, 50.01, false)]
    [InlineData(">= 100000", 100000, true, 99999, false)]
    [InlineData("<= 1.5 x", 1.5, true, 1.51, false)]
    public void A_bar_is_held_up_to_its_limit(string text, double good, bool goodIsHeld, double bad, bool badIsHeld)
    {
        Bar bar = Bar.Parse(text)!;
        Assert.Equal(goodIsHeld, bar.IsHeld(good));
        Assert.Equal(badIsHeld, bar.IsHeld(bad));
    }

    [Theory]
    [InlineData("50")]
    [InlineData("< 50")]
    [InlineData("<= x")]
    [InlineData("<= 50 ms")]
    [InlineData("<= 50 x 2")]
    public void What_is_no_bar_is_refused(string text) => Assert.Throws<FormatException>(() => Bar.Parse(text));

    [Theory]
    [InlineData("p0")]
    [InlineData("p101")]
    [InlineData("median")]
    public void What_is_no_value_of_a_round_is_refused(string text) => Assert.Throws<FormatException>(() => RoundValue.Parse(text));

    [Theory]
    [InlineData("layer2\tARP\tarp\tone\t-\t<= 1.5 x\t-", "line 1: a ratio needs a peer")]
    [InlineData("layer2\tARP\tarp\tone", "line 1: expected 7 columns, found 4")]
    public void A_row_that_cannot_be_is_named(string line, string message) => Assert.Equal(message, Assert.Throws<FormatException>(() => Figure.ReadAll([line])).Message);

    [Fact]
    public void The_figures_of_the_bench_can_be_read()
    {
        IReadOnlyList<Figure> figures = Figure.ReadAll(File.ReadLines(Path.Combine(AppContext.BaseDirectory, "figures.tsv")));
        Assert.Equal(["layer2", "planner", "controller", "start", "bgp", "bfd", "failover", "scale"], figures.Select(f => f.Part).Distinct());
        Assert.Equal(figures.Count, figures.DistinctBy(f => (f.Sample, f.Value, f.Peer)).Count());
        Assert.Equal(figures.Count, figures.DistinctBy(f => (f.Part, f.Title)).Count());
        Assert.DoesNotContain(figures, f => f.Title.Contains('|', StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.6249, "0.625")]
    [InlineData(0.04, "0.04")]
    [InlineData(18.449, "18.4")]
    [InlineData(99.96, "100")]
    [InlineData(999.6, "1,000")]
    [InlineData(131_249, "131,000")]
    [InlineData(500_160, "500,000")]
    public void Numbers_have_three_digits(double value, string expected) => Assert.Equal(expected, Number.Text(value));
}
