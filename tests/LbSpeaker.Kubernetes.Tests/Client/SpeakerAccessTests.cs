using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Tests.Fakes;

namespace LbSpeaker.Kubernetes.Tests.Client;

public sealed class SpeakerAccessTests : IDisposable
{
    private readonly ScriptedServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task Speakers_are_the_pods_with_a_node_an_address_and_a_port_for_metrics()
    {
        server.Always = _ => ScriptedServer.List("1", "", Pod("node-b", "2001:db8::2", "metrics"), Pod("node-a", "192.0.2.1", "metrics"), Pod("node-c", "192.0.2.3", "health"), Pod("node-d", "", "metrics"), "{}");
        using KubernetesApi api = server.NewApi(TimeProvider.System);
        (ApiResult result, IReadOnlyList<SpeakerPlace> found) = await new SpeakerAccess(api, "lbspeaker-system").FindAsync(default);
        Assert.True(result.IsOk);
        Assert.Equal([new("node-a", "192.0.2.1:9120"), new("node-b", "[2001:db8::2]:9120")], found);
        SeenRequest asked = Assert.Single(server.Seen);
        Assert.Equal(("api/v1/namespaces/lbspeaker-system/pods", "app.kubernetes.io/name=lbspeaker,app.kubernetes.io/component=speaker"), (asked.Path, asked.Query["labelSelector"]));
    }

    [Fact]
    public async Task The_token_is_asked_for_the_shortest_time()
    {
        server.Always = _ => ScriptedServer.Json("""{"status":{"token":"sesame"}}""");
        using KubernetesApi api = server.NewApi(TimeProvider.System);
        (_, string? token) = await new SpeakerAccess(api, "lbspeaker-system").TokenAsync(default);
        Assert.Equal("sesame", token);
        SeenRequest asked = Assert.Single(server.Seen);
        Assert.Equal(
            ("POST", "api/v1/namespaces/lbspeaker-system/serviceaccounts/lbspeaker-trace/token", """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":600}}"""),
            (asked.Method, asked.Path, asked.Body));
    }

    [Fact]
    public async Task A_refusal_is_handed_on()
    {
        server.Always = _ => ScriptedServer.Status(403, "no");
        using KubernetesApi api = server.NewApi(TimeProvider.System);
        SpeakerAccess access = new(api, "lbspeaker-system");
        Assert.Equal(ApiOutcome.Refused, (await access.FindAsync(default)).Result.Outcome);
        Assert.Equal(ApiOutcome.Refused, (await access.TokenAsync(default)).Result.Outcome);
    }

    private static string Pod(string node, string address, string port) => $$$"""
        {"spec":{"nodeName":"{{{node}}}","containers":[{"ports":[{"name":"{{{port}}}","containerPort":9120}]}]},"status":{"podIP":"{{{address}}}"} }
        """;
}
