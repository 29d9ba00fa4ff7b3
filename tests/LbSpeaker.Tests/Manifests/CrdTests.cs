using System.Net;
using LbSpeaker.Lab.Api;
using LbSpeaker.Lab.Tests.Server;
using LbSpeaker.Tests.Preview;

namespace LbSpeaker.Tests.Manifests;

/// <summary>
/// The definitions in manifests/crds, on the embedded API server and with the real kubectl: what a MetalLB user has applies unchanged (the files of
/// MetalLB), what is wrong is refused with what was expected (the files of Refused, whose first line says what is said).
/// </summary>
public sealed class CrdTests : IAsyncLifetime
{
    private Kubectl kubectl = null!;

    public async Task InitializeAsync()
    {
        kubectl = await Kubectl.StartAsync(new ApiServerOptions { ServiceCidrs = [IPNetwork.Parse("10.96.0.0/16"), IPNetwork.Parse("fd00:10:96::/112")] });
        if (!Kubectl.IsOnPath) return;
        await kubectl.OkAsync("apply", "-k", Repository.PathOf("manifests", "crds"));
        await kubectl.OkAsync("create", "namespace", "metallb-system");
        await kubectl.OkAsync("create", "namespace", "lbspeaker-system");
    }

    public async Task DisposeAsync() => await kubectl.DisposeAsync();

    private static string Folder(string name) => Repository.PathOf("tests", "LbSpeaker.Tests", "Manifests", name);

    [KubectlFact]
    public async Task What_a_MetalLB_user_has_applies_unchanged_and_validates()
    {
        (int code, string output, string error) = await kubectl.RunAsync("apply", "-f", Folder("MetalLB"));
        Assert.True(code == 0, error);
        Assert.Equal("Warning: metallb.io/v1beta1 BGPPeer is deprecated; use metallb.io/v1beta2", error.Trim());
        Assert.Equal(21, output.Split('\n').Count(l => l.EndsWith(" created", StringComparison.Ordinal)));
        Assert.All((await kubectl.OkAsync("apply", "-f", Folder("MetalLB"))).TrimEnd().Split('\n'), l => Assert.EndsWith(" unchanged", l, StringComparison.Ordinal));
        await kubectl.OkAsync("apply", "--server-side", "--force-conflicts", "-f", Folder("MetalLB"));

        CommandLine validate = await CommandLine.RunAsync("validate", "--from", Folder("MetalLB"));
        Assert.Equal((0, ""), (validate.ExitCode, validate.Error));
        Assert.DoesNotContain("problem:", validate.Output, StringComparison.Ordinal);

        // What the server made of it, with defaults, is as sound.
        string saved = Directory.CreateTempSubdirectory("lbspeaker-crds-").FullName;
        await File.WriteAllTextAsync(Path.Combine(saved, "now.yaml"), await kubectl.OkAsync("get", "ipaddresspools,l2advertisements,bgppeers,bgpadvertisements,communities,bfdprofiles,services", "-A", "-o", "yaml"));
        CommandLine again = await CommandLine.RunAsync("validate", "--from", saved);
        Directory.Delete(saved, recursive: true);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
    }

    [KubectlFact]
    public async Task What_is_wrong_is_refused_with_what_was_expected()
    {
        string[] files = Directory.GetFiles(Folder("Refused"), "*.yaml");
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string says = File.ReadLines(file).First()["# says: ".Length..];
            (int code, _, string error) = await kubectl.RunAsync("apply", "-f", file);
            Assert.True(code == 1 && error.Contains(says, StringComparison.Ordinal), $"{Path.GetFileName(file)}: expected \"{says}\", got {code}: {error}");
        }
    }

    [KubectlFact]
    public async Task Columns_are_those_that_MetalLB_prints()
    {
        await kubectl.OkAsync("apply", "-f", Folder("MetalLB"));
        async Task<string[]> Rows(params string[] of) => [.. (await kubectl.OkAsync(["get", "-n", "metallb-system", .. of])).TrimEnd().Split('\n').Select(l => string.Join('|', l.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))];

        Assert.Equal(["NAME|AUTO ASSIGN|AVOID BUGGY IPS|ADDRESSES", "by-request|false|true|[\"198.51.100.9/32\"]"], (await Rows("ipaddresspools"))[..2]);
        Assert.Equal(["NAME|IPADDRESSPOOLS|IPADDRESSPOOL SELECTORS|INTERFACES", "bare", "every-field|[\"first-pool\",\"a-pool-that-does-not-exist\"]|[{\"matchLabels\":{\"protocol\":\"layer2\"}},{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"In\",\"values\":[\"east\",\"west\"]}]}]|[\"eth0\",\"eth1.100\"]"], (await Rows("l2advertisements"))[..3]);
        Assert.Equal("NAME|IPADDRESSPOOLS|IPADDRESSPOOL SELECTORS|INTERFACES|NODE SELECTORS", (await Rows("l2advertisements", "-o", "wide"))[0]);
        Assert.Equal("NAME|IPADDRESSPOOLS|IPADDRESSPOOL SELECTORS|PEERS", (await Rows("bgpadvertisements"))[0]);
        Assert.Equal("NAME|IPADDRESSPOOLS|IPADDRESSPOOL SELECTORS|PEERS|NODE SELECTORS", (await Rows("bgpadvertisements", "-o", "wide"))[0]);
        Assert.Equal(["NAME|ADDRESS|ASN|BFD PROFILE|MULTI HOPS", "every-field|2001:db8::1|4294967295|full|true", "of-old|203.0.113.2|64501"], (await Rows("bgppeers"))[..3]);
        Assert.Equal("NAME|ADDRESS|ASN|BFD PROFILE|MULTI HOPS", (await Rows("bgppeers.v1beta1.metallb.io"))[0]);
        Assert.Equal("NAME|ADDRESS|ASN|BFD PROFILE|MULTI HOPS|UP", (await Rows("bgppeers", "-o", "wide"))[0]);
        Assert.Equal(["NAME|PASSIVE MODE|TRANSMIT INTERVAL|RECEIVE INTERVAL|MULTIPLIER", "empty", "full|true|270|300|3"], await Rows("bfdprofiles"));
        Assert.Equal("Addresses|Up|Total|Heartbeats|Maintenance|Version|Age", (await kubectl.OkAsync("get", "crd", "nodestates.lbspeaker.io", "-o", "jsonpath={range .spec.versions[0].additionalPrinterColumns[*]}{.name}|{end}")).TrimEnd('|'));
        foreach ((string kind, string columns) in (ReadOnlySpan<(string, string)>)[("servicel2statuses", "Allocated Node|Service Name|Service Namespace"), ("servicebgpstatuses", "Node|Service Name|Service Namespace"), ("configurationstates", "Result|ErrorSummary|Age")])
            Assert.Equal(columns, kubectl.OkAsync("get", "crd", $"{kind}.metallb.io", "-o", "jsonpath={range .spec.versions[0].additionalPrinterColumns[*]}{.name}|{end}").GetAwaiter().GetResult().TrimEnd('|'));
    }

    [KubectlFact]
    public async Task A_peer_is_one_object_in_both_versions_without_conversion()
    {
        string old = kubectl.Write("old.yaml", "apiVersion: metallb.io/v1beta1\nkind: BGPPeer\nmetadata: {name: p, namespace: metallb-system}\nspec: {myASN: 64500, peerASN: 64501, peerAddress: 192.0.2.1, holdTime: 180s}\n");
        Assert.Contains("deprecated", (await kubectl.RunAsync("apply", "-f", old)).Error, StringComparison.Ordinal);
        Task<string> Read(string version, string path) => kubectl.OkAsync("get", $"bgppeers.{version}.metallb.io", "p", "-n", "metallb-system", "-o", $"jsonpath={{{path}}}");

        Assert.Equal("metallb.io/v1beta2 64501 179 180s", await Read("v1beta2", ".apiVersion") + " " + await Read("v1beta2", ".spec.peerASN") + " " + await Read("v1beta2", ".spec.peerPort") + " " + await Read("v1beta2", ".spec.holdTime"));
        await kubectl.OkAsync("patch", "bgppeers.v1beta2.metallb.io", "p", "-n", "metallb-system", "--type=merge", "-p", "{\"spec\":{\"bfdProfile\":\"fast\",\"dualStackAddressFamily\":true}}");
        Assert.Equal("metallb.io/v1beta1 fast true", await Read("v1beta1", ".apiVersion") + " " + await Read("v1beta1", ".spec.bfdProfile") + " " + await Read("v1beta1", ".spec.dualStackAddressFamily"));
        Assert.Equal("v1beta2", await kubectl.OkAsync("get", "crd", "bgppeers.metallb.io", "-o", "jsonpath={.status.storedVersions[*]}"));

        // Graceful restart is part of the session and cannot change under it.
        (int code, _, string error) = await kubectl.RunAsync("patch", "bgppeers.v1beta2.metallb.io", "p", "-n", "metallb-system", "--type=merge", "-p", "{\"spec\":{\"enableGracefulRestart\":true}}");
        Assert.True(code == 0, error);
        (code, _, error) = await kubectl.RunAsync("patch", "bgppeers.v1beta2.metallb.io", "p", "-n", "metallb-system", "--type=merge", "-p", "{\"spec\":{\"enableGracefulRestart\":false}}");
        Assert.Equal(1, code);
        Assert.Contains("enableGracefulRestart cannot be changed", error, StringComparison.Ordinal);
    }

    [KubectlFact]
    public async Task A_status_is_written_apart_from_the_spec_and_has_all_counters()
    {
        await kubectl.OkAsync("apply", "-f", Path.Combine(Folder("MetalLB"), "pools.yaml"));
        Task<(int Code, string Output, string Error)> Patch(string status) =>
            kubectl.RunAsync("patch", "ipaddresspool", "first-pool", "-n", "metallb-system", "--subresource=status", "--type=merge", "-p", $"{{\"status\":{status}}}");

        Assert.Contains("availableIPv6: Required value", (await Patch("{\"assignedIPv4\":1,\"assignedIPv6\":0,\"availableIPv4\":2}")).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Patch("{\"assignedIPv4\":1,\"assignedIPv6\":0,\"availableIPv4\":2,\"availableIPv6\":9223372036854775807,\"lastValid\":\"{}\",\"conditions\":[{\"type\":\"Valid\",\"status\":\"True\",\"reason\":\"Valid\",\"message\":\"\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}")).Code);
        await kubectl.OkAsync("patch", "ipaddresspool", "first-pool", "-n", "metallb-system", "--type=merge", "-p", "{\"status\":{\"assignedIPv4\":7},\"spec\":{\"autoAssign\":false}}");
        Assert.Equal("1 9223372036854775807 false", await kubectl.OkAsync("get", "ipaddresspool", "first-pool", "-n", "metallb-system", "-o", "jsonpath={.status.assignedIPv4} {.status.availableIPv6} {.spec.autoAssign}"));
    }
}
