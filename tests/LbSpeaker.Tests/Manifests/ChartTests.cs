using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Http;
using LbSpeaker.Tests.Manifests.Chart;

namespace LbSpeaker.Tests.Manifests;

/// <summary>manifests/chart, rendered by our own <see cref="GoTemplate"/>.</summary>
public sealed class ChartTests
{
    /// <summary>What Helm's conventions add to labels and selectors.</summary>
    private static readonly string[] AddedLabels = ["app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"];

    private static string[][] Rows { get; } =
        [.. File.ReadLines(Repository.PathOf("tests", "LbSpeaker.Tests", "Manifests", "Chart", "values.txt")).Where(l => !l.StartsWith('#')).Select(l => l.Split(" | "))];

    [Fact]
    public void The_defaults_are_the_kustomization_but_for_the_namespace_and_what_Helm_adds()
    {
        IReadOnlyList<JsonObject> rendered = HelmChart.Render();
        foreach (JsonObject each in rendered)
        {
            Strip(each);
            if (each["kind"]!.GetValue<string>() != "CustomResourceDefinition") continue;
            JsonObject annotations = (JsonObject)each["metadata"]!["annotations"]!;
            Assert.True(annotations.Remove("helm.sh/resource-policy"));
            if (annotations.Count == 0) ((JsonObject)each["metadata"]!).Remove("annotations");
        }
        ManifestSet.AssertEqual(Kustomization.Build(Repository.PathOf("manifests")).Where(o => o["kind"]!.GetValue<string>() != "Namespace"), rendered);
    }

    [Fact]
    public void Network_policies_are_those_of_the_folder()
    {
        IReadOnlyList<JsonObject> rendered = [.. HelmChart.Render("{networkpolicies: {enabled: true}}").Where(o => o["kind"]!.GetValue<string>() == "NetworkPolicy")];
        foreach (JsonObject each in rendered) Strip(each);
        ManifestSet.AssertEqual(Kustomization.Build(Repository.PathOf("manifests", "networkpolicies")), rendered);
    }

    [Fact]
    public void All_is_in_the_namespace_of_the_release()
    {
        IReadOnlyList<JsonObject> rendered = HelmChart.Render("{networkpolicies: {enabled: true, defaultDeny: true}}", "edge", "elsewhere");
        string[] cluster = ["CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"];
        Assert.All(rendered.Where(o => !cluster.Contains(o["kind"]!.GetValue<string>())), o => Assert.Equal("elsewhere", o["metadata"]!["namespace"]?.GetValue<string>()));
        Assert.All(rendered.Where(o => o["subjects"] is not null), o => Assert.Equal("elsewhere", o["subjects"]![0]!["namespace"]!.GetValue<string>()));
        Assert.DoesNotContain(rendered.Where(o => o["kind"]!.GetValue<string>() != "CustomResourceDefinition"), o => o.ToJsonString().Contains("lbspeaker-system", StringComparison.Ordinal));
        Assert.Contains(rendered, o => ManifestSet.NameOf(o) == "DaemonSet elsewhere/edge-lbspeaker-speaker");
        // Roles name the Lease, whose name is the daemons' own.
        Assert.Contains(rendered, o => ManifestSet.NameOf(o) == "Role elsewhere/edge-lbspeaker-controller" && o.ToJsonString().Contains("\"resourceNames\":[\"lbspeaker-controller\"]", StringComparison.Ordinal));
        Assert.Contains("label namespace elsewhere ", HelmChart.RenderText(ns: "elsewhere", notes: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_value_does_what_the_table_says()
    {
        foreach (string[] row in Rows)
        {
            Assert.True(row.Length == 4, string.Join(" | ", row));
            string because = string.Join(" | ", row);
            Assert.True(ValuesSchema.Problems(Merged(row[0])) is [], because);
            JsonObject? found = ManifestSet.Parse(HelmChart.RenderText(row[0]), row[1].Split(' ')[0]).SingleOrDefault(o => $"{o["kind"]} {o["metadata"]!["name"]}" == row[1]);
            if (row[3] == "no object")
            {
                Assert.True(found is null, because);
                continue;
            }
            Assert.True(found is not null, because);
            JsonNode? at = At(found, row[2]);
            Assert.True(row[3] == "-" ? at is null : JsonNode.DeepEquals(Yaml.Parse(row[3]), at), $"{because}: {at?.ToJsonString() ?? "nothing"}");
        }
    }

    [Fact]
    public void Every_value_is_in_the_table_and_in_the_schema()
    {
        string[] values = [.. Leaves(HelmChart.Values, "")], rows = [.. Rows.SelectMany(r => Leaves((JsonObject)Yaml.Parse(r[0])!, ""))];
        Assert.True(values.Length > 60, $"{values.Length} values");
        Assert.All(values, v => Assert.Contains(rows, r => r == v || r.StartsWith(v + ".", StringComparison.Ordinal)));
        HashSet<string> known = [.. ValuesSchema.Paths()];
        Assert.All(values, v => Assert.Contains(known, k => v == k || v.StartsWith(k + ".", StringComparison.Ordinal)));
        Assert.Empty(ValuesSchema.Problems(HelmChart.Values));
    }

    [Theory]
    [InlineData("{speaker: {logLevel: all}}", ".speaker.logLevel")]
    [InlineData("{controller: {replicas: 0}}", ".controller.replicas")]
    [InlineData("{prometheus: {metricsPort: 70000}}", ".prometheus.metricsPort")]
    [InlineData("{speaker: {tolerations: {}}}", ".speaker.tolerations")]
    [InlineData("{controler: {}}", ".controler: unknown")]
    [InlineData("{speaker: {readinessProbe: {period: 1}}}", ".speaker.readinessProbe.period: unknown")]
    [InlineData("{controller: {podAnnotations: {port: 9120}}}", ".controller.podAnnotations.port")]
    [InlineData("{imagePullSecrets: [{}]}", ".imagePullSecrets[0]")]
    public void What_is_wrong_is_refused_by_the_schema(string given, string path) => Assert.StartsWith(path, Assert.Single(ValuesSchema.Problems((JsonObject)Yaml.Parse(given)!)), StringComparison.Ordinal);

    [Fact]
    public void The_version_is_that_of_the_code()
    {
        string version = File.ReadAllText(Repository.PathOf("Directory.Build.props")).Split("<Version>")[1].Split('<')[0];
        Assert.Equal((version, version), (HelmChart.Metadata["version"]!.GetValue<string>(), HelmChart.Metadata["appVersion"]!.GetValue<string>()));
        Assert.Equal(["lbspeaker:" + version], Kustomization.Build(Repository.PathOf("manifests")).SelectMany(Kustomization.Containers).Select(c => c["image"]!.GetValue<string>()).Distinct());
    }

    [Theory]
    [InlineData("a {{- if .yes }} b {{- else }} c {{- end }} d", "a b d")]
    [InlineData("{{ if .no }}b{{ else if .yes }}c{{ end }}", "c")]
    [InlineData("{{ range $i, $x := .list }}{{ $i }}={{ $x }} {{ $.word }};{{ end }}", "0=a w;1=b w;")]
    [InlineData("{{ with .map }}{{ toYaml . | nindent 2 }}{{ end }}", "\n  k: v")]
    [InlineData("{{ .no | default \"x\" | quote }}", "\"x\"")]
    [InlineData("{{ printf \"%s-%s\" .word (default \"z\" .no) | trunc 3 | trimSuffix \"-\" }}", "w-z")]
    [InlineData("{{/* nothing */}}{{ omit .map \"k\" | toYaml }}", "{}")]
    public void Templates_are_read_as_Go_reads_them(string template, string rendered) => Assert.Equal(rendered, Rendered(template));

    [Theory]
    [InlineData("{{ .missing }}", "there is no missing")]
    [InlineData("{{ lookup \"v1\" }}", "not of the subset")]
    [InlineData("{{ if .yes }}", "without end")]
    [InlineData("{{ end }}", "an end too many")]
    [InlineData("{{ .map }}", "a map or list is printed")]
    [InlineData("{{ .word", "does not end")]
    public void What_is_beyond_the_subset_fails(string template, string says) => Assert.Contains(says, Assert.Throws<FormatException>(() => Rendered(template)).Message, StringComparison.Ordinal);

    private static string Rendered(string template) =>
        new GoTemplate().Render(template, (JsonObject)Yaml.Parse("{yes: true, no: \"\", word: w, list: [a, b], map: {k: v}}")!, new(new Dictionary<string, string>()));

    private static JsonObject Merged(string given) => (JsonObject)Yaml.Parse(given)!;

    private static IEnumerable<string> Leaves(JsonObject map, string path) =>
        map.SelectMany(m => m.Value is JsonObject { Count: > 0 } inner && m.Key is not ("strategy" or "updateStrategy" or "securityContext" or "resources") ? Leaves(inner, $"{path}.{m.Key}") : [$"{path}.{m.Key}"]);

    private static JsonNode? At(JsonNode from, string path)
    {
        JsonNode? at = from;
        foreach (string name in path.Replace("\\.", "\n", StringComparison.Ordinal).Split('.').Select(n => n.Replace('\n', '.')))
            at = at switch
            {
                JsonObject map => map[name],
                JsonArray list => int.Parse(name, System.Globalization.CultureInfo.InvariantCulture) is var i && i < list.Count ? list[i] : null,
                _ => null,
            };
        return at;
    }

    private static void Strip(JsonNode? node)
    {
        if (node is JsonObject map)
        {
            foreach (string label in AddedLabels) map.Remove(label);
            foreach ((_, JsonNode? value) in map) Strip(value);
        }
        else if (node is JsonArray list)
            foreach (JsonNode? value in list) Strip(value);
    }
}
