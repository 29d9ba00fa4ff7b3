using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Http;
using LbSpeaker.Tests.Lab;
using LbSpeaker.Tests.Manifests;

namespace LbSpeaker.Tests.House;

/// <summary>
/// The roles in manifests/rbac allow what the daemons do and nothing else: the daemons run on a server that enforces them, through all that makes them write. What is
/// refused is a verb too few; what was granted and never asked for is one too many, or something that <see cref="RunAsync"/> does not bring about yet.
/// </summary>
public sealed class RoleTests
{
    private static readonly string[] Components = ["controller", "speaker"];

    [Fact]
    public async Task All_that_the_daemons_ask_for_is_granted_and_all_that_is_granted_they_ask_for()
    {
        await using LabCluster lab = await LabCluster.StartAsync(LabCluster.WithRoles);
        await lab.ApplyAsync(Roles().Select(r => Yaml.Write(r)));
        await RunAsync(lab);

        // Without leave to read the Secrets of another namespace a speaker does without them; that it asked shows that roles are enforced.
        Assert.Equal(["speaker list secrets metallb-system"], lab.Refused.Select(s => $"{ComponentOf(s)} {DeedOf(s).Verb} {s.Resource} {s.Namespace}").Distinct());
        foreach (string component in Components)
        {
            Deed[] asked = [.. lab.Journal.Where(s => ComponentOf(s) == component).Select(DeedOf).Distinct()];
            PolicyRule[] granted = [.. new Authorizer(lab.Server.Parts).RulesOf(LabCluster.WithRoles.Tokens[component]).SelectMany(Single)];
            Assert.True(granted.Length > 40, $"{granted.Length} grants");
            // Asked for where somebody reads the metrics, which nobody does here.
            Assert.Equal(
                ["authentication.k8s.io tokenreviews create", "authorization.k8s.io subjectaccessreviews create"],
                granted.Where(IsReview).Select(g => $"{g.Groups[0]} {g.Resources[0]} {g.Verbs[0]}").Order(StringComparer.Ordinal));
            Assert.Empty(granted.Where(g => !IsReview(g) && !asked.Any(g.Allows)).Select(g => $"{component}: {g.Verbs[0]} {g.Groups[0]}/{g.Resources[0]} {string.Join(' ', g.Names)} is granted and never asked for"));
        }
    }

    [Theory]
    [InlineData("controller", "services/status", "patch")]
    [InlineData("speaker", "servicel2statuses", "create")]
    [InlineData("speaker", "nodestates/status", "patch")]
    public async Task A_verb_too_few_is_seen(string component, string resource, string verb)
    {
        await using LabCluster lab = await LabCluster.StartAsync(LabCluster.WithRoles);
        JsonObject[] roles = [.. Roles()];
        JsonArray verbs = (JsonArray)roles.Where(r => r["rules"] is not null && r["metadata"]!["name"]!.GetValue<string>() == "lbspeaker-" + component)
            .SelectMany(r => r["rules"]!.AsArray()).Single(r => r!["resources"]!.AsArray().Any(n => n!.GetValue<string>() == resource))!["verbs"]!;
        Assert.Equal(1, verbs.RemoveAll(v => v!.GetValue<string>() == verb));
        await lab.ApplyAsync(roles.Select(r => Yaml.Write(r)));
        await ApplyConfigurationAsync(lab);
        lab.StartController("controller-a");
        lab.StartSpeaker("n1", pod: "speaker-a");
        await lab.UntilAsync($"{verb} of {resource} to be refused", () => lab.Refused.Any(s => ComponentOf(s) == component && DeedOf(s) is var deed && deed.Verb == verb && deed.Resource == resource));
    }

    [Fact]
    public void Nothing_is_granted_by_wildcard_and_secrets_only_as_told()
    {
        JsonNode[] rules = [.. Roles().Where(r => r["rules"] is not null).SelectMany(r => r["rules"]!.AsArray().Select(rule => rule!))];
        Assert.NotEmpty(rules);
        Assert.All(rules, r => Assert.DoesNotContain("\"*\"", r.ToJsonString(), StringComparison.Ordinal));
        Assert.Equal(
            ["lbspeaker-controller lbspeaker-system  create", "lbspeaker-controller lbspeaker-system lbspeaker-heartbeat get", "lbspeaker-speaker lbspeaker-system  list watch"],
            Roles().SelectMany(role => PolicyRule.Of(role, role["metadata"]!["namespace"]?.GetValue<string>()).Where(r => r.Resources.Contains("secrets"))
                .Select(r => $"{role["metadata"]!["name"]} {r.Namespace} {string.Join(' ', r.Names)} {string.Join(' ', r.Verbs)}")).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<JsonObject> Roles() => Kustomization.Build(Repository.PathOf("manifests", "rbac"));

    private static Task ApplyConfigurationAsync(LabCluster lab) => lab.ApplyAsync(
        Objects.Pod("controller-a"), Objects.Pod("controller-b"), Objects.Pod("speaker-a"), Objects.Pod("speaker-b"), Objects.Pod("speaker-c"), Objects.Node("n1"),
        Objects.Pool("lan", "192.0.2.10-192.0.2.19"), Objects.Advertisement("all"), Objects.BgpAdvertisement("all"),
        Objects.BgpPeer("router", "myASN: 64500, peerASN: 64501, peerAddress: 198.51.100.1, bfdProfile: fast"),
        "{apiVersion: metallb.io/v1beta1, kind: BFDProfile, metadata: {name: fast, namespace: lbspeaker-system}, spec: {}}",
        "{apiVersion: metallb.io/v1beta1, kind: Community, metadata: {name: names, namespace: lbspeaker-system}, spec: {communities: [{name: a, value: '64500:1'}]}}",
        "{apiVersion: lbspeaker.io/v1alpha1, kind: IPClaim, metadata: {name: kept, namespace: default}}",
        Objects.Service("web"), Objects.Slice("web", "n1"));

    /// <summary>All that makes a daemon write: first states, a change of each, other Pods that take over, the same event again, and the end of a Service.</summary>
    private static async Task RunAsync(LabCluster lab)
    {
        await ApplyConfigurationAsync(lab);
        LabController controller = lab.StartController("controller-a");
        LabSpeaker speaker = lab.StartSpeaker("n1", pod: "speaker-a");
        await AnnouncedAsync(lab, speaker);
        await lab.UntilAsync("the claim to be told of", () => lab.Find("lbspeaker.io", "ipclaims", "default", "kept")?["status"] is not null);
        foreach (string[] interfaces in (string[][])[[], ["eth0"], []])
        {
            speaker.Announcer.SetInterfaces(interfaces);
            await lab.UntilAsync("the status to follow", () => (NodeOf(lab).Length > 0) == (interfaces.Length > 0));
        }
        foreach (string last in (string[])["1", "2", "1"])
        {
            string addresses = $"2001:db8::9-2001:db8::{last}";
            await lab.ApplyAsync(Objects.Pool("bad", $"\"{addresses}\""));
            await lab.UntilAsync("the fault to be told", () => LabCluster.Condition(lab.Find("metallb.io", "ipaddresspools", "lbspeaker-system", "bad")!, "Valid").Contains(addresses, StringComparison.Ordinal));
        }
        foreach (string component in Components)
            await lab.UntilAsync($"the {component} to count an event", () => lab.Writes.Any(s => ComponentOf(s) == component && s is { Resource: "events", Method: "PATCH" }));

        // Another node takes over, and the first one comes back with a new Pod.
        await lab.ApplyAsync(Objects.Node("n2"), Objects.Slice("web", "n1", "n2"));
        LabSpeaker other = lab.StartSpeaker("n2", pod: "speaker-c");
        await lab.UntilAsync("the other node to tell of itself", () => lab.Find("lbspeaker.io", "nodestates", "lbspeaker-system", "n2") is not null);
        await speaker.StopAsync();
        await lab.UntilAsync("the other node to take over", () => NodeOf(lab) == "n2");
        await controller.StopAsync();
        controller = lab.StartController("controller-b");
        speaker = lab.StartSpeaker("n1", pod: "speaker-b");
        await SessionAsync(lab, speaker);
        foreach ((string group, string plural) in ((string, string)[])[("metallb.io", "servicebgpstatuses"), ("lbspeaker.io", "nodestates"), ("metallb.io", "configurationstates")])
            await lab.UntilAsync($"{plural} to be of the new Pod", () => OwnersOf(lab, group, plural) is { } owners && owners.Contains("speaker-b") && !owners.Contains("speaker-a"));
        await lab.UntilAsync("the controller's state to be of the new Pod", () => OwnersOf(lab, "metallb.io", "configurationstates").Contains("controller-b"));
        await lab.DeleteServiceAsync("web");
        await lab.UntilAsync("no status", () => lab.All("metallb.io", "servicel2statuses").Count + lab.All("metallb.io", "servicebgpstatuses").Count == 0);
        await speaker.StopAsync();
        await other.StopAsync();
        await controller.StopAsync();
    }

    private static async Task SessionAsync(LabCluster lab, LabSpeaker speaker)
    {
        await lab.UntilAsync("the session to be planned", () => speaker.Bgp.RoutesOf("router") is [_]);
        speaker.Bgp.Up("router");
    }

    private static async Task AnnouncedAsync(LabCluster lab, LabSpeaker speaker)
    {
        await SessionAsync(lab, speaker);
        await lab.UntilConditionAsync("web", "Announced", "True");
        await lab.UntilAsync("both statuses", () => NodeOf(lab) == "n1" && lab.All("metallb.io", "servicebgpstatuses").Count == 1);
    }

    /// <summary>The Pods that objects go with.</summary>
    private static HashSet<string> OwnersOf(LabCluster lab, string group, string plural) => [.. lab.All(group, plural).Select(o => o["metadata"]!["ownerReferences"]?[0]?["name"]?.GetValue<string>() ?? "")];

    /// <summary>The node that the one ServiceL2Status names; empty for none.</summary>
    private static string NodeOf(LabCluster lab) => lab.All("metallb.io", "servicel2statuses") is [var one] ? one["status"]?["node"]?.GetValue<string>() ?? "" : "";

    private static string ComponentOf(Sent sent) => sent.Client.StartsWith("controller", StringComparison.Ordinal) ? "controller" : "speaker";

    private static Deed DeedOf(Sent sent) => Deed.Of(sent.Method, RequestPath.Parse(sent.Path.Split('/')), sent.Path, sent.IsWatch, "");

    private static bool IsReview(PolicyRule rule) => rule.Resources[0].EndsWith("reviews", StringComparison.Ordinal);

    /// <summary>A rule as rules of one group, resource, name and verb each.</summary>
    private static IEnumerable<PolicyRule> Single(PolicyRule rule) =>
        from g in rule.Groups
        from r in rule.Resources
        from name in rule.Names.Count == 0 ? [null] : rule.Names.Select(n => (string?)n)
        from verb in rule.Verbs
        select rule with { Groups = [g], Resources = [r], Names = name is null ? [] : [name], Verbs = [verb] };
}
