using LbSpeaker.Bench.Figures;

namespace LbSpeaker.Bench.Tests;

public sealed class SamplesTests
{
    [Fact]
    public void A_line_is_a_round_of_a_system_or_of_ours_or_a_note()
    {
        Samples samples = Samples.Read(["arp-rtt@bare-C 18.5 19 µs", "", "# farpd was left out", "rss-idle 51.2 MiB", "arp-rtt@bare-C 20 µs"]);
        Assert.Equal(["farpd was left out"], samples.Notes);
        Assert.Equal([19, 20], samples.Of("arp-rtt", "bare-C", RoundValue.Parse("p100")));
        Assert.Equal([51.2], samples.Of("rss-idle", Samples.Ours, RoundValue.Parse("one")));
        Assert.Equal("MiB", samples.UnitOf("rss-idle"));
        Assert.Null(samples.UnitOf("arp"));
    }

    [Theory]
    [InlineData("arp-rtt 18.5", "line 2: expected NAME VALUE... UNIT, found \"arp-rtt 18.5\"")]
    [InlineData("arp-rtt 18.5 x µs", "line 2: \"x\" is no number")]
    [InlineData("arp-rtt 1,5 µs", "line 2: \"1,5\" is no number")]
    [InlineData("arp-rtt NaN µs", "line 2: \"NaN\" is no number")]
    public void Anything_else_is_named(string line, string message) => Assert.Equal(message, Assert.Throws<FormatException>(() => Samples.Read(["# a note", line])).Message);

    [Fact]
    public void Many_values_where_one_is_expected_are_refused() =>
        Assert.Throws<FormatException>(() => Samples.Read(["rss 1 2 MiB"]).Of("rss", Samples.Ours, RoundValue.Parse("one")));
}
