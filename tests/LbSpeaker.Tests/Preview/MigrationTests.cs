using System.Text.Json.Nodes;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Preview;

/// <summary>
/// A cluster that MetalLB has served: its definitions, its configuration in metallb-system as its documentation shows it, Services with the addresses that it gave. LbSpeaker takes over and
/// gives it back.
/// </summary>
public sealed class MigrationTests : IDisposable
{
    /// <summary>What LbSpeaker adds to the definitions (manifests/README.md): by path in a schema's properties.</summary>
    private static readonly (string Plural, string Part, string Field)[] Added =
    [
        ("ipaddresspools", "spec", "exclude"), ("l2advertisements", "spec", "rebalance"),
        .. ((string[])["ipaddresspools", "l2advertisements", "bgpadvertisements", "bgppeers", "bfdprofiles", "communities"]).SelectMany(p => new[] { (p, "status", "conditions"), (p, "status", "lastValid") }),
        ("bgppeers", "status", "sessions"), ("bgppeers", "status", "sessionsUp"), ("bgppeers", "status", "sessionsTotal"),
        ("servicel2statuses", "status", "notAnnounced"), ("servicel2statuses", "status", "addresses"), ("servicel2statuses", "status", "since"), ("servicebgpstatuses", "status", "announcedTo"),
    ];

    private static readonly string[] Configuration =
    [
        "{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {name: first-pool, namespace: metallb-system}, spec: {addresses: [192.0.2.10-192.0.2.29]}}",
        "{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {name: routed, namespace: metallb-system}, spec: {addresses: [198.51.100.0/24, \"2001:db8:1::/64\"], autoAssign: false, avoidBuggyIPs: true, serviceAllocation: {priority: 50, namespaces: [default]}}}",
        "{apiVersion: metallb.io/v1beta1, kind: L2Advertisement, metadata: {name: example, namespace: metallb-system}, spec: {ipAddressPools: [first-pool], interfaces: [eth0], nodeSelectors: [{matchLabels: {kubernetes.io/hostname: n1}}]}}",
        "{apiVersion: metallb.io/v1beta1, kind: BGPAdvertisement, metadata: {name: external, namespace: metallb-system}, spec: {ipAddressPools: [routed], aggregationLength: 32, aggregationLengthV6: 128, localPref: 100, communities: [vpn-only, \"large:64500:1:2\"], peers: [router]}}",
        "{apiVersion: metallb.io/v1beta1, kind: Community, metadata: {name: communities, namespace: metallb-system}, spec: {communities: [{name: vpn-only, value: \"64500:1\"}]}}",
        "{apiVersion: metallb.io/v1beta1, kind: BFDProfile, metadata: {name: testbfdprofile, namespace: metallb-system}, spec: {receiveInterval: 380, transmitInterval: 270, detectMultiplier: 3, echoMode: false, passiveMode: false, minimumTtl: 254}}",
        // The fields below connectTime are those that MetalLB serves by FRR alone.
        "{apiVersion: metallb.io/v1beta2, kind: BGPPeer, metadata: {name: router, namespace: metallb-system}, spec: {myASN: 64500, peerASN: 64501, peerAddress: 192.0.2.1, holdTime: 90s, keepaliveTime: 30s, bfdProfile: testbfdprofile, connectTime: 10s, enableGracefulRestart: true, ebgpMultiHop: true, dualStackAddressFamily: true}}",
    ];

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("lbspeaker-migration-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task Addresses_stay_when_LbSpeaker_takes_over_and_MetalLB_finds_its_own_when_it_comes_back()
    {
        await using LabCluster lab = await LabCluster.StartAsync();
        await DefineAsMetalLbAsync(lab);
        await lab.ApplyAsync("{apiVersion: v1, kind: Namespace, metadata: {name: metallb-system}}", Objects.Node("n1"), Objects.Node("n2"));
        await lab.ApplyAsync(Configuration);
        // Not the lowest that are free: whoever gave them anew would give others.
        (string Service, string Pool, string Address)[] given = [("web", "first-pool", "192.0.2.17"), ("api", "first-pool", "192.0.2.12"), ("edge", "routed", "198.51.100.77")];
        foreach ((string service, string pool, string address) in given)
        {
            await lab.ApplyAsync(Objects.Service(service, pool == "routed" ? "annotations: {metallb.io/address-pool: routed}" : ""), Objects.Slice(service, "n1", "n2"));
            await lab.PatchServiceAsync(service, $$"""{"metadata": {"annotations": {"metallb.io/ip-allocated-from-pool": "{{pool}}"} } }""");
            await lab.PatchServiceAsync(service, $$"""{"status": {"loadBalancer": {"ingress": [{"ip": "{{address}}", "ipMode": "VIP"}]} } }""", status: true);
        }
        string[] services = [.. given.Select(g => WhatMetalLbReads(lab.Service(g.Service)))], specs = [.. Specs(lab)];

        JsonNode before = await TakeoverAsync(lab);
        Assert.True((bool)before["keepsEveryAddress"]!);
        Assert.Equal(given.OrderBy(g => g.Service, StringComparer.Ordinal).Select(g => $"{g.Service} [\"{g.Address}\"]"), before["services"]!.AsArray().Select(s => $"{s!["name"]} {s["willHave"]!.ToJsonString()}"));
        Assert.Equal(["DefinitionMissing", "DefinitionOld"], before["inTheWay"]!.AsArray().Select(f => (string)f!));
        Assert.Empty(before["judgedOtherwise"]!.AsArray());

        await DefineAsLbSpeakerAsync(lab);
        Assert.Empty((await TakeoverAsync(lab))["inTheWay"]!.AsArray());
        LabController controller = lab.StartController("c1");
        LabSpeaker one = lab.StartSpeaker("n1"), two = lab.StartSpeaker("n2");
        await lab.UntilConditionAsync("web", "Announced", "True");
        await lab.UntilConditionAsync("api", "Announced", "True");
        await lab.UntilConditionAsync("edge", "Allocated", "True");
        await lab.QuietAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(services, given.Select(g => WhatMetalLbReads(lab.Service(g.Service))));
        Assert.Equal(specs, Specs(lab));
        Assert.Equal("2", lab.Find("metallb.io", "ipaddresspools", "metallb-system", "first-pool")!["status"]!["assignedIPv4"]!.ToString());

        await one.StopAsync();
        await two.StopAsync();
        await controller.StopAsync();
        await DefineAsMetalLbAsync(lab);
        Assert.Equal(services, given.Select(g => WhatMetalLbReads(lab.Service(g.Service))));
        Assert.Equal(specs, Specs(lab));
    }

    /// <summary>What a change would do to a live cluster, and that looking writes nothing.</summary>
    [Fact]
    public async Task A_live_cluster_is_looked_at_and_left_alone()
    {
        await using LabCluster lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.10-192.0.2.11"), Objects.Advertisement("lan"), Objects.Node("n1"), Objects.Service("web"), Objects.Slice("web", "n1"));
        LabController controller = lab.StartController("c1");
        LabSpeaker speaker = lab.StartSpeaker("n1");
        await lab.UntilConditionAsync("web", "Announced", "True");
        await lab.QuietAsync(TimeSpan.FromSeconds(10));
        await speaker.StopAsync();
        await controller.StopAsync();
        string kubeconfig = Write("kubeconfig", lab.Server.Kubeconfig()), smaller = Write("smaller.yaml", Objects.Pool("lan", "192.0.2.11/32"));
        string[] stored = [.. lab.All("", "services").Concat(lab.All("metallb.io", "ipaddresspools")).Select(o => o.ToJsonString())];

        CommandLine change = await CommandLine.RunAsync("plan", "-f", smaller, "--kubeconfig", kubeconfig);
        Assert.Equal((3, ""), (change.ExitCode, change.Error));
        Assert.StartsWith("Addresses\n  default/web  changes 192.0.2.10 -> 192.0.2.11  (AddressNoLongerInPool", change.Output, StringComparison.Ordinal);
        CommandLine same = await CommandLine.RunAsync("plan", "-f", Write("same.yaml", Objects.Pool("lan", "192.0.2.10-192.0.2.11")), "--kubeconfig", kubeconfig);
        Assert.Equal(new CommandLine(0, "nothing changes\n", ""), same);

        CommandLine secret = await CommandLine.RunAsync(
            "plan", "-f", Write("secret.yaml", "{apiVersion: v1, kind: Secret, type: kubernetes.io/basic-auth, metadata: {name: router, namespace: lbspeaker-system}, data: {password: c2VjcmV0}}"), "--kubeconfig", kubeconfig);
        Assert.Equal(same, secret);

        // Both have gone, and their Leases say so.
        CommandLine status = await CommandLine.RunAsync("status", "--kubeconfig", kubeconfig);
        Assert.Equal((1, ""), (status.ExitCode, status.Error));
        Assert.Contains("nobody leads", status.Output, StringComparison.Ordinal);
        Assert.Contains("  n1  dead", status.Output, StringComparison.Ordinal);
        CommandLine explain = await CommandLine.RunAsync("explain", "web", "--kubeconfig", kubeconfig, "-o", "yaml");
        Assert.Equal((1, ""), (explain.ExitCode, explain.Error));
        Assert.Contains("NoLiveSpeaker", explain.Output, StringComparison.Ordinal);
        Assert.Equal(stored, lab.All("", "services").Concat(lab.All("metallb.io", "ipaddresspools")).Select(o => o.ToJsonString()));
    }

    private async Task<JsonNode> TakeoverAsync(LabCluster lab)
    {
        CommandLine run = await CommandLine.RunAsync("doctor", "--takeover", "-o", "json", "--kubeconfig", Write("kubeconfig", lab.Server.Kubeconfig()));
        Assert.Equal("", run.Error);
        return JsonNode.Parse(run.Output)!["takeover"]!;
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Addresses, the pool that they came from, and what was asked for.</summary>
    private static string WhatMetalLbReads(JsonObject service) => new JsonObject
    {
        ["ingress"] = service["status"]!["loadBalancer"]!["ingress"]!.DeepClone(),
        ["annotations"] = new JsonObject(service["metadata"]!["annotations"]!.AsObject().Where(a => a.Key.StartsWith("metallb.", StringComparison.Ordinal)).OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => KeyValuePair.Create(a.Key, a.Value?.DeepClone()))),
        ["spec"] = service["spec"]!.DeepClone(),
    }.ToJsonString();

    private static IEnumerable<string> Specs(LabCluster lab) =>
        ((string[])["ipaddresspools", "l2advertisements", "bgpadvertisements", "bgppeers", "bfdprofiles", "communities"]).SelectMany(p => lab.All("metallb.io", p)).Select(o => $"{o["metadata"]!["name"]} {o["spec"]!.ToJsonString()}");

    private static async Task DefineAsLbSpeakerAsync(LabCluster lab)
    {
        foreach (string file in Definitions()) await lab.ApplyAsync(await File.ReadAllTextAsync(file));
    }

    /// <summary>The definitions without what LbSpeaker adds, and without its own kind.</summary>
    private static async Task DefineAsMetalLbAsync(LabCluster lab)
    {
        foreach (string file in Definitions().Where(f => !f.Contains("lbspeaker.io", StringComparison.Ordinal)))
        {
            JsonObject definition = (JsonObject)LbSpeaker.Lab.Api.Http.Yaml.Parse(await File.ReadAllTextAsync(file))!;
            string plural = (string)definition["spec"]!["names"]!["plural"]!;
            foreach (JsonNode? version in definition["spec"]!["versions"]!.AsArray())
                foreach ((_, string part, string field) in Added.Where(a => a.Plural == plural))
                    version!["schema"]!["openAPIV3Schema"]!["properties"]![part]?["properties"]?.AsObject().Remove(field);
            await lab.ApplyAsync(definition.ToJsonString());
        }
        if (lab.All("apiextensions.k8s.io", "customresourcedefinitions").Any(d => (string)d["metadata"]!["name"]! == "nodestates.lbspeaker.io"))
            await lab.DeleteAsync("apis/apiextensions.k8s.io/v1/customresourcedefinitions/nodestates.lbspeaker.io");
    }

    private static IEnumerable<string> Definitions() => Directory.GetFiles(Repository.PathOf("manifests", "crds"), "*.io_*.yaml").Order(StringComparer.Ordinal);
}
