using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Tests.Fakes;

namespace LbSpeaker.Kubernetes.Tests.Client;

public sealed class KubernetesApiTests
{
    [Theory]
    [InlineData(200, ApiOutcome.Ok)]
    [InlineData(201, ApiOutcome.Ok)]
    [InlineData(401, ApiOutcome.Unreachable)]
    [InlineData(403, ApiOutcome.Refused)]
    [InlineData(404, ApiOutcome.NotFound)]
    [InlineData(409, ApiOutcome.Conflict)]
    [InlineData(410, ApiOutcome.Gone)]
    [InlineData(422, ApiOutcome.Refused)]
    [InlineData(429, ApiOutcome.TooManyRequests)]
    [InlineData(500, ApiOutcome.Unreachable)]
    [InlineData(503, ApiOutcome.Unreachable)]
    public async Task An_answer_is_a_value(int status, ApiOutcome outcome)
    {
        using ScriptedServer server = new() { Always = _ => ScriptedServer.Status(status, "words") };
        ApiResult result = await server.NewApi(TimeProvider.System).GetAsync("api/v1/nodes", default);
        Assert.Equal(outcome, result.Outcome);
        Assert.Equal(status, result.StatusCode);
        if (!result.IsOk) Assert.Equal("words", result.Message);
    }

    [Fact]
    public async Task No_answer_is_a_value_too()
    {
        using ScriptedServer server = new() { Always = _ => throw new HttpRequestException("connection refused") };
        ApiResult result = await server.NewApi(TimeProvider.System).GetAsync("api/v1/nodes", default);
        Assert.Equal((ApiOutcome.Unreachable, 0, "connection refused"), (result.Outcome, result.StatusCode, result.Message));
    }

    [Fact]
    public async Task A_server_that_takes_the_request_and_says_nothing_is_given_up()
    {
        using ScriptedServer server = new();
        ObservedTime time = new() { LongestPause = TimeSpan.FromSeconds(30) };
        Task<ApiResult> asked = server.NewApi(time).GetAsync("api/v1/nodes", default);
        await time.PassNextPauseAsync();
        Assert.Equal("no answer within 30 s", (await asked.WaitAsync(Patience.Limit)).Message);
    }

    [Fact]
    public void A_kubeconfig_that_does_not_exist_is_named_with_the_cure()
    {
        KubeconfigException exception = Assert.Throws<KubeconfigException>(() => KubernetesApi.Connect("/nonexistent/kubeconfig", TimeProvider.System, new()));
        Assert.Equal("kubeconfig /nonexistent/kubeconfig (--kubeconfig) does not exist; give the path of a readable file", exception.Message);
    }

    [Theory]
    [InlineData("not: [a kubeconfig")]
    [InlineData("apiVersion: v1\nkind: Config\n")]
    [InlineData("apiVersion: v1\nkind: Config\ncurrent-context: nowhere\n")]
    [InlineData("apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\nclusters: [{name: k, cluster: {server: 'https://192.0.2.1:6443', certificate-authority-data: '!!!'}}]\nusers: [{name: u, user: {token: t}}]\n")]
    public void A_broken_kubeconfig_is_one_line_that_names_the_file(string content)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, content);
            KubeconfigException exception = Assert.Throws<KubeconfigException>(() => KubernetesApi.Connect(path, TimeProvider.System, new()));
            Assert.Contains(path, exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', exception.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_sound_kubeconfig_connects_without_a_request()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\nclusters: [{name: k, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: [{name: u, user: {token: t}}]\n");
            using KubernetesApi api = KubernetesApi.Connect(path, TimeProvider.System, new());
            Assert.NotNull(api);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
