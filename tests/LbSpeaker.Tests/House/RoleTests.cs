using System.Text.Json.Nodes;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.House;

/// <summary>The roles in manifests/rbac allow what the daemons do, seen by what they send.</summary>
public sealed class RoleTests
{
    [Theory]
    [InlineData("controller")]
    [InlineData("speaker")]
    public async Task All_that_a_daemon_asks_for_is_allowed_and_Pods_only_to_be_read_by_name(string component)
    {
        await using LabCluster lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(
            Objects.Pod("the-controller"), Objects.Pod("the-speaker"), Objects.Pool("lan", "192.0.2.10-192.0.2.19"), Objects.Pool("bad", "\"2001:db8::9-2001:db8::1\""),
            Objects.Advertisement("all"), Objects.Node("n1"), Objects.Service("web"), Objects.Slice("web", "n1"),
            "{apiVersion: lbspeaker.io/v1alpha1, kind: IPClaim, metadata: {name: kept, namespace: default}}");
        LabController controller = lab.StartController("the-controller");
        LabSpeaker speaker = lab.StartSpeaker("n1", pod: "the-speaker");
        await lab.UntilConditionAsync("web", "Announced", "True");
        await lab.UntilAsync("the claim to be told of", () => lab.Find("lbspeaker.io", "ipclaims", "default", "kept")?["status"] is not null);
        speaker.Announcer.SetInterfaces();
        await lab.UntilConditionAsync("web", "Announced", "False NoInterface");
        await lab.DeleteServiceAsync("web");
        await lab.UntilAsync("no status", () => lab.All("metallb.io", "servicel2statuses").Count == 0);
        await speaker.StopAsync();
        await controller.StopAsync();

        List<Rule> rules = [.. RulesOf(component)];
        string client = component == "controller" ? "the-controller" : "n1";
        (string Verb, string Group, string Resource, string? Namespace, string Name)[] asked =
            [.. lab.Journal.Where(s => s.Client == client).Select(s => (VerbOf(s), s.Group, s.Subresource is { } sub ? $"{s.Resource}/{sub}" : s.Resource, s.Namespace, NameOf(s))).Distinct()];
        Assert.True(asked.Length > 20, $"{asked.Length} kinds of requests");
        // Without leave to read the Secrets of another namespace a speaker does without them.
        Assert.All(asked.Where(a => (a.Resource, a.Namespace) != ("secrets", "metallb-system")), a => Assert.True(rules.Any(r => r.Allows(a.Verb, a.Group, a.Resource, a.Namespace, a.Name)), $"{a} is not allowed"));

        Assert.Contains(asked, a => a is { Verb: "get", Resource: "pods", Namespace: "lbspeaker-system" });
        Rule pods = Assert.Single(rules, r => r.Resources.Contains("pods"));
        Assert.Equal(["get"], pods.Verbs);
        Assert.Equal("lbspeaker-system", pods.Namespace);
        Rule[] secrets = [.. rules.Where(r => r.Resources.Contains("secrets"))];
        Assert.Equal(
            component == "speaker" ? ["lbspeaker-system  get list watch"] : ["lbspeaker-system  create", "lbspeaker-system lbspeaker-heartbeat get"],
            secrets.Select(s => $"{s.Namespace} {string.Join(' ', s.Names)} {string.Join(' ', s.Verbs)}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain(rules, r => r.Resources.Contains("*") || r.Verbs.Contains("*"));
    }

    /// <param name="Namespace">Null for a ClusterRole.</param>
    private sealed record Rule(string? Namespace, string[] Groups, string[] Resources, string[] Names, string[] Verbs)
    {
        public bool Allows(string verb, string group, string resource, string? ns, string name) =>
            (Namespace is null || Namespace == ns) && Groups.Contains(group) && Resources.Contains(resource) && (Names.Length == 0 || Names.Contains(name)) && Verbs.Contains(verb);
    }

    private static IEnumerable<Rule> RulesOf(string component)
    {
        foreach (string document in File.ReadAllText(Repository.PathOf("manifests", "rbac", component + ".yaml")).Split("\n---\n"))
        {
            JsonObject json = (JsonObject)LbSpeaker.Lab.Api.Http.Yaml.Parse(document)!;
            if (json["rules"] is not JsonArray rules) continue;
            foreach (JsonNode? rule in rules)
                yield return new(json["metadata"]!["namespace"]?.GetValue<string>(), Texts(rule!, "apiGroups"), Texts(rule!, "resources"), Texts(rule!, "resourceNames"), Texts(rule!, "verbs"));
        }
    }

    private static string[] Texts(JsonNode rule, string name) => rule[name] is JsonArray texts ? [.. texts.Select(t => t!.GetValue<string>())] : [];

    private static string VerbOf(Sent sent) => sent.Method switch
    {
        "GET" => sent.IsWatch ? "watch" : NameOf(sent).Length > 0 ? "get" : "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => throw new InvalidOperationException(sent.Method),
    };

    private static string NameOf(Sent sent)
    {
        string[] segments = sent.Path.Split('/');
        int at = Array.LastIndexOf(segments, sent.Resource);
        return segments.Length > at + 1 ? segments[at + 1] : "";
    }
}
