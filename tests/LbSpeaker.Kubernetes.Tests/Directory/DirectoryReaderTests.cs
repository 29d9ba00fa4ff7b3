using System.Text;
using System.Text.Json;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Kubernetes.Tests.Directory;

/// <summary>Each folder of Cases/Directory is a directory to read; its contents.txt is what it must come to, or how it is refused.</summary>
public sealed class DirectoryReaderTests
{
    public static TheoryData<string> Cases()
    {
        TheoryData<string> cases = [];
        foreach (string folder in System.IO.Directory.GetDirectories(Golden.CasesOf("Directory")).Order(StringComparer.Ordinal)) cases.Add(Path.GetFileName(folder));
        return cases.Count > 0 ? cases : throw new InvalidOperationException("no cases");
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_directory_becomes_a_snapshot_or_is_refused_with_file_and_line(string name)
    {
        string folder = Path.Combine(Golden.CasesOf("Directory"), name);
        Golden.Matches(Path.Combine(folder, "contents.txt"), Read(folder).Replace(folder + "/", "", StringComparison.Ordinal));
    }

    [Fact]
    public void A_directory_that_does_not_exist_is_refused()
    {
        UnreadableInputException exception = Assert.Throws<UnreadableInputException>(() => NewReader().Read("/nonexistent/manifests"));
        Assert.Equal("/nonexistent/manifests: expected a directory", exception.Message);
    }

    [Fact]
    public void Aliases_that_grow_without_end_are_refused()
    {
        StringBuilder yaml = new("apiVersion: v1\nkind: ConfigMap\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 10; i++) yaml.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        UnreadableInputException exception = Assert.Throws<UnreadableInputException>(() => new YamlToJson("big.yaml").Convert(YamlReader.Read("big.yaml", yaml.ToString()).Single()));
        Assert.Contains("with all aliases written out", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: &x [*x]", "an anchor &x above this alias")]
    [InlineData("a: [", "YAML")]
    [InlineData("a: [b\nc: [d]\n", "YAML")]
    [InlineData("a: !!s[tr b\nc: d\n", "YAML")]
    [InlineData("# a comment\n... b\n", "YAML")]
    [InlineData("a: 1\nb: 2\na: 3", "the key \"a\" once")]
    [InlineData("yes: 1\non: 2", "the key \"true\" once")]
    [InlineData("? [a]\n: b", "text as the key")]
    [InlineData("~: b", "text as the key")]
    public void What_is_no_sound_YAML_is_refused(string yaml, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<UnreadableInputException>(() => YamlReader.Read("x.yaml", yaml)).Expected, StringComparison.Ordinal);

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Throws<UnreadableInputException>(() => YamlReader.Read("deep.yaml", new string('[', 500) + new string(']', 500)));

    /// <summary>What kubectl (sigs.k8s.io/yaml) makes of the same text.</summary>
    [Theory]
    [InlineData("true", "true")]
    [InlineData("'true'", "\"true\"")]
    [InlineData("yes", "true")]
    [InlineData("On", "true")]
    [InlineData("y", "true")]
    [InlineData("N", "false")]
    [InlineData("OFF", "false")]
    [InlineData("yEs", "\"yEs\"")]
    [InlineData("\"yes\"", "\"yes\"")]
    [InlineData("~", "null")]
    [InlineData("", "null")]
    [InlineData("\"\"", "\"\"")]
    [InlineData("12", "12")]
    [InlineData("+12", "12")]
    [InlineData("-012", "-10")]
    [InlineData("080", "80")]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("0x1F", "31")]
    [InlineData("0o17", "15")]
    [InlineData("0b101", "5")]
    [InlineData("0b102", "\"0b102\"")]
    [InlineData("1_000", "1000")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("-9223372036854775809", "-9.223372036854776E+18")]
    [InlineData("1.5", "1.5")]
    [InlineData(".5", "0.5")]
    [InlineData("1e3", "1000")]
    [InlineData("1e999", "\"1e999\"")]
    [InlineData(".inf", "\".inf\"")]
    [InlineData("12ab", "\"12ab\"")]
    [InlineData("22:30", "\"22:30\"")]
    [InlineData("192.0.2.1", "\"192.0.2.1\"")]
    [InlineData("1.2.3", "\"1.2.3\"")]
    [InlineData("2001:db8::1", "\"2001:db8::1\"")]
    [InlineData("!!str 12", "\"12\"")]
    [InlineData("!!int \"12\"", "12")]
    [InlineData("!!timestamp 2026-01-01", "\"2026-01-01\"")]
    [InlineData("2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\"")]
    [InlineData("|\n  12", "\"12\\n\"")]
    public void Plain_scalars_are_typed_as_kubectl_types_them_and_quoted_ones_stay_text(string yaml, string json) =>
        Assert.Equal(json, ToJson($"v: {yaml}\n").GetProperty("v").GetRawText());

    [Fact]
    public void Keys_are_text_of_what_they_mean() =>
        Assert.Equal("""{"true":1,"off":2,"16":3}""", ToJson("{on: 1, \"off\": 2, 0x10: 3}\n").GetRawText());

    [Fact]
    public void Merge_keys_yield_to_the_mappings_own() =>
        Assert.Equal("""{"base":{"a":1,"b":2},"v":{"a":1,"b":3,"c":4}}""", ToJson("base: &base {a: 1, b: 2}\nv: {<<: *base, b: 3, c: 4}\n").GetRawText());

    [Fact]
    public void Documents_of_nothing_are_left_out() => Assert.Equal([5, 8], YamlReader.Read("x.yaml", "---\n# no\n---\n~\n--- {a: 1}\n---\nnull\n--- {}\n...\n").Select(d => d.Line));

    private static JsonElement ToJson(string yaml) => new YamlToJson("x.yaml").Convert(YamlReader.Read("x.yaml", yaml).Single());

    private static DirectoryReader NewReader() => new("lbspeaker-system", ["lbspeaker-system", "metallb-system"]);

    private static string Read(string folder)
    {
        DirectoryContents contents;
        try
        {
            contents = NewReader().Read(folder);
        }
        catch (UnreadableInputException exception)
        {
            return $"unreadable: {exception.Message}";
        }
        ClusterSnapshot snapshot = contents.Snapshot;
        StringBuilder text = new();
        foreach (ServiceView service in snapshot.Services.Values.OrderBy(s => s.Key)) text.Append(Golden.Describe("service", service));
        foreach ((ObjectKey key, ServiceEndpoints endpoints) in snapshot.Endpoints.OrderBy(e => e.Key)) text.Append(Golden.Describe($"endpoints of {key}", endpoints));
        foreach (NodeView node in snapshot.Nodes.Values) text.Append(Golden.Describe("node", node));
        foreach (NamespaceView ns in snapshot.Namespaces.Values) text.Append(Golden.Describe("namespace", ns));
        foreach (object pool in snapshot.Config.Pools.Values) text.Append(Golden.Describe("pool", pool));
        foreach (object advertisement in snapshot.Config.L2Advertisements.Values) text.Append(Golden.Describe("advertisement", advertisement));
        if (snapshot.LiveSpeakers is { } speakers) text.Append($"live speakers: {string.Join(", ", speakers)}\n");
        foreach (Layer2StatusView status in contents.Layer2Statuses) text.Append(Golden.Describe("status", status));
        foreach (string warning in contents.Warnings) text.Append($"warning: {warning}\n");
        return text.ToString();
    }
}
