using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Preview;

/// <summary>The examples in the README work together as they stand there: the Service gets what it asks for, and is announced where the examples say.</summary>
public sealed class ReadmeExampleTests
{
    private const string Surroundings = """
        {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
        ---
        {apiVersion: v1, kind: Node, metadata: {name: n1, labels: {kubernetes.io/os: linux}}}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        endpoints: [{addresses: [198.51.100.7], nodeName: n1, conditions: {ready: true}}]

        """;

    [Fact]
    public async Task What_it_asks_for_it_gets()
    {
        string readme = await File.ReadAllTextAsync(Repository.PathOf("README.md"));
        string[] examples = [.. readme.Split("```yaml\n").Skip(1).Select(e => e.Split("\n```")[0])];
        string folder = Directory.CreateTempSubdirectory("lbspeaker-readme-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "example.yaml"), string.Join("\n---\n", examples));
        await File.WriteAllTextAsync(Path.Combine(folder, "surroundings.yaml"), Surroundings);
        CommandLine plan = await CommandLine.RunAsync("plan", "--from", folder, "-o", "json");
        Directory.Delete(folder, recursive: true);

        Assert.Equal((0, ""), (plan.ExitCode, plan.Error));
        JsonNode web = JsonNode.Parse(plan.Output)!["services"]!.AsArray().Single()!;
        Assert.Equal("""["192.0.2.11","2001:db8::11"]""", web["addresses"]!.ToJsonString());
        JsonNode[] announcements = [.. web["announcements"]!.AsArray().Select(a => a!)];
        Assert.Equal(
            ["192.0.2.11 n1 [\"eth0\"]", "2001:db8::11 n1 [\"eth0\"]"],
            announcements.Where(a => (string?)a["protocol"] == "layer2").Select(a => $"{a["address"]} {a["node"]} {a["interfaces"]!.ToJsonString()}"));
        Assert.Equal(
            ["192.0.2.11/32 n1 router-a [\"64500:100\",\"large:64500:1:2\"]", "2001:db8::11/128 n1 router-a [\"64500:100\",\"large:64500:1:2\"]"],
            announcements.Where(a => (string?)a["protocol"] == "bgp").Select(a => $"{a["prefix"]} {a["node"]} {a["peer"]} {a["communities"]!.ToJsonString()}"));
    }
}
