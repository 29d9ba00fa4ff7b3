using System.Text.Json;
using System.Text.Json.Nodes;
using LbSpeaker.Tests.Preview;
using LbSpeaker.Ui;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Tests.Ui;

public sealed class UiViewTests
{
    /// <summary>Every sample and every folder of Cases; its view stands in Views.</summary>
    public static TheoryData<string, string> Folders()
    {
        TheoryData<string, string> folders = [];
        foreach (string parent in (string[])["samples", "tests/LbSpeaker.Tests/Ui/Cases"])
            foreach (string name in Directory.GetDirectories(Repository.PathOf(parent)).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)) folders.Add(parent, name);
        return folders.Count > 10 ? folders : throw new InvalidOperationException("no folders");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_comes_to_its_view(string parent, string name)
    {
        string golden = Repository.PathOf("tests", "LbSpeaker.Tests", "Ui", "Views", name + ".json"), actual = UiViews.Render(name, UiViews.Directory(Repository.PathOf(parent, name)));
        string beside = Path.Combine(AppContext.BaseDirectory, "ui-views", name + ".json");
        Directory.CreateDirectory(Path.GetDirectoryName(beside)!);
        File.WriteAllText(beside, actual);
        Assert.True(File.Exists(golden), $"no {golden}; it came to {beside}");
        string expected = File.ReadAllText(golden);
        Assert.True(expected == actual, $"{name} comes to another view, {beside} (- expected, + actual):\n{LineDiff.Of(expected, actual)}");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task It_says_of_each_Service_what_the_plan_says(string parent, string name)
    {
        string folder = Repository.PathOf(parent, name);
        UiService[] services = [.. UiViewBuilder.Of(name, UiViews.Directory(folder).Look()).Services];
        JsonNode plan = JsonNode.Parse((await CommandLine.RunAsync("plan", "--from", folder, "-o", "json")).Output)!;
        JsonNode[] planned = [.. plan["services"]!.AsArray().Where(s => (string)s!["decision"]! != "NotOurs").Select(s => s!)];
        Assert.Equal(planned.Select(s => $"{s["namespace"]}/{s["name"]}"), services.Select(s => $"{s.Namespace}/{s.Name}"));
        foreach ((JsonNode said, UiService shown) in planned.Zip(services))
        {
            Assert.Equal(said["addresses"]!.AsArray().Select(a => (string)a!), shown.Addresses);
            if ((string?)said["reason"] is not { } reason) continue;
            Assert.Equal((reason, (string)said["message"]!), (shown.Reason, shown.Message));
            Assert.NotEmpty(shown.Advice);
        }
    }

    [Fact]
    public void Ten_thousand_Services_fit_into_a_bounded_view_that_counts_what_it_leaves_out()
    {
        UiFacts facts = UiViews.Many(10_000, 200);
        (UiView view, IReadOnlyList<UiService> services) = UiViewBuilder.Of("many", new(facts, ""));
        int octets = JsonSerializer.SerializeToUtf8Bytes(view, UiJson.Default.UiView).Length;
        Assert.True(octets < 256 * 1024, $"{octets} octets");
        Assert.Equal(10_000, services.Count);
        Assert.Equal((10_000, 100), (view.Totals.Services, view.Totals.Pending));
        int troubled = view.Totals.Pending + view.Totals.Silent + view.Totals.Waiting;
        Assert.True(troubled > 1000, $"{troubled} in trouble");
        Assert.Equal((UiViewBuilder.MostTroubled, troubled - UiViewBuilder.MostTroubled), (view.Troubled.Items.Count, view.Troubled.LeftOut));
        Assert.Equal(troubled, view.Reasons.Items.Sum(r => r.Services) + view.Reasons.LeftOut);
        Assert.Equal((UiViewBuilder.MostNodes, 100), (view.Nodes.Items.Count, view.Nodes.LeftOut));
        Assert.All(view.Nodes.Items, n => Assert.Equal(n.Owned, n.Addresses.Items.Count + n.Addresses.LeftOut));
        Assert.Equal(999, Assert.Single(Assert.Single(view.Pools.Items).Families).Filled is var filled && filled >= 999 ? 999 : filled);
    }

    [Fact]
    public async Task A_view_is_made_once_in_a_second_at_most_and_only_when_it_is_asked_for()
    {
        FakeTimeProvider time = new();
        GivenSource source = new(new(null, "nothing yet"));
        using UiBoard board = new(source, time);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, source.Looks);
        UiState[] states = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => board.CurrentAsync(default)));
        Assert.Equal(1, source.Looks);
        Assert.Single(states.Distinct());

        source.Now = new(null, "something else");
        Assert.Equal(1, (await board.CurrentAsync(default)).Version);
        time.Advance(UiBoard.Interval);
        UiState next = await board.CurrentAsync(default);
        Assert.Equal((2, 2), (next.Version, source.Looks));
        Assert.Contains("something else", System.Text.Encoding.UTF8.GetString(next.Json.Span), StringComparison.Ordinal);
        time.Advance(UiBoard.Interval);
        Assert.Same(next, await board.CurrentAsync(default));
    }

    [Fact]
    public void A_page_of_Services_is_found_by_name_address_pool_node_standing_and_reason()
    {
        UiState state = new(7, default, UiViewBuilder.Of("busy", UiViews.Directory(UiViews.Case("busy")).Look()).Services);
        UiServicePage all = Page("", 0);
        Assert.Equal((7, 34, 34), (all.Version, all.Total, all.Rows.Count));
        Assert.Equal((34, 14, 20), (Page("", 20).Total, Page("", 20).Rows.Count, Page("", 20).From));
        Assert.Empty(Page("", 1000).Rows);
        Assert.Equal(["shop/checkout"], Names("SHOP/CHECK"));
        Assert.Equal(["shop/search"], Names("192.0.2.12"));
        Assert.Equal(["office/printer-1", "office/printer-2", "office/printer-3"], Names("printers"));
        Assert.Equal(["office/printer-3", "shop/old-cart"], Names("silent"));
        Assert.Equal(["lab/second"], Names("PoolFrozen"));
        Assert.Contains("mail/imap", Names("node-c"));

        UiServicePage Page(string find, int from) => JsonSerializer.Deserialize<JsonObject>(UiBoard.Page(state, find, from)) is { } page
            ? new((long)page["version"]!, (int)page["total"]!, (int)page["from"]!, [.. page["rows"]!.AsArray().Select(r => state.Services.Single(s => s.Namespace == (string)r!["namespace"]! && s.Name == (string)r["name"]!))])
            : throw new InvalidOperationException();
        IEnumerable<string> Names(string find) => Page(find, 0).Rows.Select(s => $"{s.Namespace}/{s.Name}");
    }
}
