using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LbSpeaker.Lab.Api.Http;
using LbSpeaker.Testing;
using LbSpeaker.Testing.Network;
using LbSpeaker.Tests.Observability;

namespace LbSpeaker.Tests.Manifests;

/// <summary>manifests/monitoring: the alerts are sound, tried, and explained; they and the dashboard ask for metrics that there are.</summary>
public sealed partial class MonitoringTests : IDisposable
{
    private static readonly string[] Rooms = ["LbSpeaker", "LbSpeaker.Kubernetes", "LbSpeaker.Layer2", "LbSpeaker.Bgp", "LbSpeaker.Bfd", "LbSpeaker.Heartbeat"];

    private readonly string folder = Directory.CreateTempSubdirectory("lbspeaker-rules-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_alert_says_what_is_wrong_how_bad_it_is_and_which_paragraph_helps()
    {
        Assert.All(Alerts, alert =>
        {
            string name = Text(alert, "alert");
            Assert.Contains(Text(alert["labels"]!, "severity"), (string[])["critical", "warning"]);
            Assert.All((string[])["summary", "description"], a => Assert.True(Text(alert["annotations"]!, a).Length > 10, $"{name} has no {a}"));
            Assert.Equal($"manifests/monitoring/README.md#{name.ToLowerInvariant()}", Text(alert["annotations"]!, "runbook"));
        });
        string[] paragraphs = [.. File.ReadAllText(PathOf("README.md")).Split("\n### ").Skip(1)];
        Assert.Equal(Alerts.Select(a => Text(a, "alert")), paragraphs.Select(p => p.Split('\n')[0]));
        Assert.All(paragraphs, p => Assert.True(p.Length > 150, p));
    }

    [Fact]
    public void Every_alert_fires_in_one_test_and_stays_silent_in_another()
    {
        ILookup<string, bool> fires = ((JsonArray)Yaml.Parse(File.ReadAllText(PathOf("rules.test.yaml")))!["tests"]!)
            .SelectMany(t => (JsonArray)t!["alert_rule_test"]!).ToLookup(r => Text(r!, "alertname"), r => r!["exp_alerts"] is JsonArray { Count: > 0 });
        Assert.All(Alerts, a => Assert.Equal([false, true], fires[Text(a, "alert")].Distinct().Order()));
        Assert.Equal(Alerts.Count(), fires.Count);
    }

    [Fact]
    public void What_is_asked_for_is_exported()
    {
        HashSet<string> exported = [.. Rooms.SelectMany(r => Metric().Matches(new RoomReadme(r).Text).Select(m => m.Value))];
        Assert.True(exported.Count > 60, $"{exported.Count} metrics");
        string[] asked = [.. Alerts.Select(a => Text(a, "expr")).Concat(Panels.Select(p => p.Expr)).SelectMany(e => Metric().Matches(e).Select(m => m.Value)).Distinct()];
        Assert.All(asked, a => Assert.True(exported.Contains(a) || exported.Contains(HistogramPart().Replace(a, "")), a));
    }

    [Fact]
    public void The_dashboard_has_panels_that_do_not_overlap_and_each_says_what_it_shows()
    {
        JsonObject[] panels = [.. ((JsonArray)Dashboard["panels"]!).Cast<JsonObject>()];
        Assert.Equal(panels.Length, panels.Select(p => p["id"]!.GetValue<int>()).Distinct().Count());
        Assert.All(panels.Where(p => Text(p, "type") != "row"), p => Assert.True(Text(p, "title").Length > 0 && Text(p, "description").Length > 0 && p["targets"] is JsonArray { Count: > 0 }));
        HashSet<(int, int)> taken = [];
        foreach (JsonNode place in panels.Select(p => p["gridPos"]!))
            for (int x = 0; x < place["w"]!.GetValue<int>(); x++)
                for (int y = 0; y < place["h"]!.GetValue<int>(); y++)
                    Assert.True(taken.Add((place["x"]!.GetValue<int>() + x, place["y"]!.GetValue<int>() + y)), place.ToJsonString());
        Assert.InRange(taken.Max(t => t.Item1), 0, 23);
    }

    [PromtoolFact]
    public void Promtool_finds_the_rules_sound()
    {
        Write("rules.yaml", Rules.ToJsonString());
        Assert.Contains($"SUCCESS: {Alerts.Count()} rules found", Command.Run("promtool", "check", "rules", Path.Combine(folder, "rules.yaml")), StringComparison.Ordinal);
    }

    [PromtoolFact]
    public void Promtool_has_every_alert_fire_when_it_should_and_only_then()
    {
        Write("rules.yaml", Rules.ToJsonString());
        string[] tests = Directory.GetFiles(PathOf(), "*.test.yaml");
        Assert.NotEmpty(tests);
        foreach (string test in tests) Write(Path.GetFileName(test), File.ReadAllText(test));
        Assert.Contains("SUCCESS", Command.Run("promtool", ["test", "rules", .. tests.Select(t => Path.Combine(folder, Path.GetFileName(t)))]), StringComparison.Ordinal);
    }

    /// <summary>Each question of the dashboard as a rule that records it: the oldest promtool that parses a question by itself is younger than Debian's.</summary>
    [PromtoolFact]
    public void Promtool_can_read_every_question_of_the_dashboard()
    {
        JsonArray rules = [.. Panels.Select((p, i) => new JsonObject { ["record"] = $"panel:{i}", ["expr"] = p.Expr })];
        Write("panels.yaml", new JsonObject { ["groups"] = new JsonArray(new JsonObject { ["name"] = "panels", ["rules"] = rules }) }.ToJsonString());
        Assert.Contains($"SUCCESS: {rules.Count} rules found", Command.Run("promtool", "check", "rules", Path.Combine(folder, "panels.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_no_part_of_the_default_install_and_applies_in_one_go()
    {
        Assert.DoesNotContain("monitoring", File.ReadAllText(Repository.PathOf("manifests", "kustomization.yaml")), StringComparison.Ordinal);
        JsonArray resources = (JsonArray)Yaml.Parse(File.ReadAllText(PathOf("kustomization.yaml")))!["resources"]!;
        Assert.Equal(
            Directory.GetFiles(PathOf(), "*.yaml").Select(f => Path.GetFileName(f)!).Where(f => f != "kustomization.yaml" && !f.EndsWith(".test.yaml", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            resources.Select(r => r!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    private static JsonNode Rules => Yaml.Parse(File.ReadAllText(PathOf("rules.yaml")))!["spec"]!;

    private static IEnumerable<JsonNode> Alerts => ((JsonArray)Rules["groups"]!).SelectMany(g => (JsonArray)g!["rules"]!).Select(r => r!);

    private static JsonNode Dashboard => JsonNode.Parse(File.ReadAllText(PathOf("dashboard.json")))!;

    private static IEnumerable<(string Title, string Expr)> Panels =>
        ((JsonArray)Dashboard["panels"]!).Where(p => p!["targets"] is not null).SelectMany(p => ((JsonArray)p!["targets"]!).Select(t => (Text(p, "title"), Text(t!, "expr"))));

    private static string PathOf(params string[] parts) => Repository.PathOf(["manifests", "monitoring", .. parts]);

    private static string Text(JsonNode of, string name) => of[name]?.GetValue<string>() ?? throw new InvalidOperationException($"no {name}: {of.ToJsonString()}");

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    [GeneratedRegex(@"\b(?:metallb|lbspeaker|process)_[a-z0-9_]+")]
    private static partial Regex Metric();

    [GeneratedRegex("_(?:bucket|sum|count)$")]
    private static partial Regex HistogramPart();
}
