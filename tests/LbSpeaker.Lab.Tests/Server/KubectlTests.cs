using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>The real kubectl works with the server as with a cluster.</summary>
public class KubectlTests
{
    private const string Service = """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          type: LoadBalancer
          selector: {app: web}
          ports: [{name: http, port: 80, targetPort: 8080}]
        """;

    private const string Pool = """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: first}
        spec: {addresses: [192.0.2.0/28]}
        """;

    private static string Crd => Recorded.Load("10-crd-create.json")[0].Body!.ToJsonString();

    [KubectlFact]
    public async Task Apply_creates_changes_and_leaves_alone()
    {
        await using var kubectl = await Kubectl.StartAsync();
        var file = kubectl.Write("web.yaml", Service);
        Assert.Equal("service/web created\n", await kubectl.OkAsync("apply", "-f", file));
        Assert.Equal("service/web unchanged\n", await kubectl.OkAsync("apply", "-f", file));
        kubectl.Write("web.yaml", Service.Replace("port: 80,", "port: 81,", StringComparison.Ordinal));
        var (code, difference, _) = await kubectl.RunAsync("diff", "-f", file);
        Assert.Equal(1, code);
        Assert.Contains("+    port: 81", difference, StringComparison.Ordinal);
        Assert.Equal("service/web configured\n", await kubectl.OkAsync("apply", "-f", file));
        Assert.Equal("81", await kubectl.OkAsync("get", "svc", "web", "-o", "jsonpath={.spec.ports[*].port}"));
        Assert.Equal("service/web serverside-applied\n", await kubectl.OkAsync("apply", "--server-side", "--force-conflicts", "-f", file));
        Assert.Matches("web +LoadBalancer +10\\.96\\.[0-9.]+ +<pending> +81:3[0-9]{4}/TCP", await kubectl.OkAsync("get", "svc", "-o", "wide"));
    }

    [KubectlFact]
    public async Task A_custom_resource_is_defined_validated_shown_and_described()
    {
        await using var kubectl = await Kubectl.StartAsync();
        await kubectl.OkAsync("apply", "-f", kubectl.Write("crd.json", Crd));
        await kubectl.OkAsync("wait", "--for=condition=Established", "crd/ipaddresspools.metallb.io", "--timeout=10s");
        var file = kubectl.Write("pool.yaml", Pool);
        Assert.Equal("ipaddresspool.metallb.io/first created\n", await kubectl.OkAsync("apply", "-f", file));
        Assert.Equal("ipaddresspool.metallb.io/first unchanged\n", await kubectl.OkAsync("apply", "-f", file));
        Assert.Matches("first +true +false +\\[\"192.0.2.0/28\"\\]", await kubectl.OkAsync("get", "ipaddresspools"));
        Assert.Contains("192.0.2.0/28", await kubectl.OkAsync("describe", "ipaddresspool", "first"), StringComparison.Ordinal);
        var (code, _, error) = await kubectl.RunAsync("apply", "-f", kubectl.Write("bad.yaml", Pool.Replace("192.0.2.0/28", "192.0.2.1", StringComparison.Ordinal)));
        Assert.Equal(1, code);
        Assert.Contains("each entry is a prefix (a/b) or a range (first-last)", error, StringComparison.Ordinal);
        Assert.Contains("unknown field \"spec.colour\"", (await kubectl.RunAsync("apply", "-f", kubectl.Write("odd.yaml", Pool.Replace("{addresses", "{colour: red, addresses", StringComparison.Ordinal)))).Error, StringComparison.Ordinal);
        Assert.Contains("priority\t<integer>", await kubectl.OkAsync("explain", "ipaddresspool.spec"), StringComparison.Ordinal);
    }

    [KubectlFact]
    public async Task Patch_label_annotate_edit_and_delete()
    {
        await using var kubectl = await Kubectl.StartAsync();
        await kubectl.OkAsync("apply", "-f", kubectl.Write("web.yaml", Service));
        await kubectl.OkAsync("patch", "svc", "web", "-p", "{\"spec\":{\"ports\":[{\"port\":80,\"name\":\"http\",\"targetPort\":9090}]}}");
        await kubectl.OkAsync("patch", "svc", "web", "--type=json", "-p", "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"a\":\"b\"}}]");
        await kubectl.OkAsync("patch", "svc", "web", "--subresource=status", "--type=merge", "-p", "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"192.0.2.7\"}]}}}");
        await kubectl.OkAsync("label", "svc", "web", "tier=front");
        await kubectl.OkAsync("annotate", "svc", "web", "metallb.io/address-pool=first");
        kubectl.Write("editor.sh", "sed -i 's/tier: front/tier: back/' \"$1\"\n");
        Assert.Equal("service/web edited\n", await kubectl.OkAsync("edit", "svc", "web"));
        var service = JsonNode.Parse(await kubectl.OkAsync("get", "svc", "web", "-o", "json"))!;
        Assert.Equal("9090 b back first 192.0.2.7", string.Join(' ', service["spec"]!["ports"]![0]!["targetPort"], service["metadata"]!["labels"]!["a"], service["metadata"]!["labels"]!["tier"],
            service["metadata"]!["annotations"]!["metallb.io/address-pool"], service["status"]!["loadBalancer"]!["ingress"]![0]!["ip"]));
        Assert.Contains("192.0.2.7", await kubectl.OkAsync("describe", "svc", "web"), StringComparison.Ordinal);
        await kubectl.OkAsync("wait", "--for=jsonpath={.status.loadBalancer.ingress[0].ip}=192.0.2.7", "svc/web", "--timeout=5s");
        Assert.Equal("service \"web\" deleted\n", await kubectl.OkAsync("delete", "svc", "web"));
        Assert.Equal(1, (await kubectl.RunAsync("get", "svc", "web")).Code);
    }

    [KubectlFact]
    public async Task Kustomizations_namespaces_and_events()
    {
        await using var kubectl = await Kubectl.StartAsync();
        kubectl.Write("k/web.yaml", Service);
        kubectl.Write("k/ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
        kubectl.Write("k/kustomization.yaml", "namespace: shop\nresources: [ns.yaml, web.yaml]\n");
        await kubectl.OkAsync("apply", "-k", "k");
        // describe asks for the events of this very object, by its uid.
        var uid = await kubectl.OkAsync("-n", "shop", "get", "svc", "web", "-o", "jsonpath={.metadata.uid}");
        await kubectl.OkAsync("apply", "-f", kubectl.Write("event.yaml", $$"""
            apiVersion: events.k8s.io/v1
            kind: Event
            metadata: {name: web.1, namespace: shop}
            eventTime: "2026-01-01T00:00:00.000000Z"
            reportingController: metallb.io/controller
            reportingInstance: c-0
            action: Assign
            reason: IPAllocated
            regarding: {apiVersion: v1, kind: Service, namespace: shop, name: web, uid: {{uid}}}
            note: Assigned 192.0.2.1
            type: Normal
            """));
        Assert.Contains("Assigned 192.0.2.1", await kubectl.OkAsync("-n", "shop", "describe", "svc", "web"), StringComparison.Ordinal);
        Assert.Contains("IPAllocated", await kubectl.OkAsync("get", "events", "-A"), StringComparison.Ordinal);
        await kubectl.OkAsync("delete", "ns", "shop");
        Assert.Contains("No resources found", (await kubectl.RunAsync("get", "svc", "-n", "shop")).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("shop", await kubectl.OkAsync("get", "ns"), StringComparison.Ordinal);
    }

    [KubectlFact]
    public async Task What_kubectl_create_sends_as_protobuf_is_read_or_refused()
    {
        await using var kubectl = await Kubectl.StartAsync();
        Assert.Equal("namespace/shop created\n", await kubectl.OkAsync("create", "namespace", "shop"));
        Assert.Equal("secret/s created\n", await kubectl.OkAsync("create", "secret", "generic", "s", "--type=kubernetes.io/basic-auth", "--from-literal=password=pw"));
        Assert.Equal("kubernetes.io/basic-auth cHc=", await kubectl.OkAsync("get", "secret", "s", "-o", "jsonpath={.type} {.data.password}"));
        Assert.Equal("configmap/c created\n", await kubectl.OkAsync("create", "configmap", "c", "--from-literal=k=v"));
        Assert.Equal("yes\n", await kubectl.OkAsync("auth", "can-i", "list", "services"));
        Assert.Contains("protobuf is not read for Deployment", (await kubectl.RunAsync("create", "deployment", "d", "--image=x")).Error, StringComparison.Ordinal);
    }

    [KubectlFact]
    public async Task Get_with_watch_shows_a_change_as_it_happens_over_tls_with_a_token()
    {
        await using var kubectl = await Kubectl.StartAsync(new ApiServerOptions { Tls = true, Tokens = new Dictionary<string, string> { ["secret"] = "admin" } });
        await kubectl.OkAsync("apply", "-f", kubectl.Write("web.yaml", Service));
        using var watch = kubectl.Start("get", "svc", "web", "-w");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Assert.Contains("NAME", await watch.StandardOutput.ReadLineAsync(patience.Token), StringComparison.Ordinal);
        Assert.Contains("<pending>", await watch.StandardOutput.ReadLineAsync(patience.Token), StringComparison.Ordinal);
        await kubectl.OkAsync("patch", "svc", "web", "--subresource=status", "--type=merge", "-p", "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"192.0.2.7\"}]}}}");
        Assert.Contains("192.0.2.7", await watch.StandardOutput.ReadLineAsync(patience.Token), StringComparison.Ordinal);
        watch.Kill();
    }
}
