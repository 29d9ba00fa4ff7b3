using LbSpeaker.Bench.Figures;

namespace LbSpeaker.Bench.Tests;

public sealed class ReportTests
{
    private static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Cases", name);

    [Fact]
    public void Figures_and_samples_come_to_the_table()
    {
        string folder = Folder("table");
        Report report = Report.Of(Figure.ReadAll(File.ReadLines(Path.Combine(folder, "figures.tsv"))), Samples.Read(File.ReadLines(Path.Combine(folder, "samples.txt"))));
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "expected.md")), report.Markdown("Where, when and how.\n"));
        Assert.Equal((3, 2, 1), (report.Held, report.Missed, report.Unmeasured));
    }

    /// <summary>Two rounds in a row see the same machine; the slow one of the peer and the slow one of ours do not.</summary>
    [Fact]
    public void A_ratio_is_that_of_neighbouring_rounds()
    {
        Figure figure = Figure.ReadAll(["layer2\tARP\tarp\tone\tbare-C\t<= 1.5 x\t-"])[0];
        Row row = Row.Of(figure, Samples.Read(["arp@bare-C 10 µs", "arp 12 µs", "arp@bare-C 100 µs", "arp 120 µs", "arp@bare-C 30 µs", "arp 36 µs", "arp@bare-C 1 µs"]));
        Assert.Equal((36, 20, 1.2), (row.Ours!.Value, row.Peer!.Value, Math.Round(row.Ratio!.Value, 9)));
        Assert.True(row.IsHeld);
    }

    public static TheoryData<string> Readmes() => [.. Directory.GetFiles(Folder("readme"), "*.before.md").Order(StringComparer.Ordinal).Select(f => Path.GetFileName(f).Replace(".before.md", "", StringComparison.Ordinal))];

    /// <summary>The parts are one, two and three; the table is that of two.</summary>
    [Theory]
    [MemberData(nameof(Readmes))]
    public void A_table_finds_its_place(string name)
    {
        string before = File.ReadAllText(Path.Combine(Folder("readme"), name + ".before.md")), expected = File.ReadAllText(Path.Combine(Folder("readme"), name + ".after.md"));
        string after = Readme.Put(before, "two", "The table.\n", ["one", "two", "three"]);
        Assert.Equal(expected, after);
        Assert.Equal(after, Readme.Put(after, "two", "The table.", ["one", "two", "three"]));
    }
}
