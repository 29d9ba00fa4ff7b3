using System.Net;
using System.Text;
using LbSpeaker.Commands;
using LbSpeaker.Lab.Api;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Preview;

/// <summary>Who may not do what a verb has to do is told what that is, and where; one line, exit code 2.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Stranger = "system:serviceaccount:default:stranger";
    private const string Grant = "; let whoever asks here do that by a role and its binding, in this namespace or the whole cluster\n";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lbspeaker-access-");
    private ApiServer server = null!;

    public async Task InitializeAsync()
    {
        server = await ApiServer.StartAsync(LabCluster.WithRoles with
        {
            Listen = [new(IPAddress.Loopback, 0)],
            Tokens = new Dictionary<string, string>(LabCluster.WithRoles.Tokens) { ["stranger"] = Stranger },
        }, CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "web.yaml"), "{apiVersion: v1, kind: Service, metadata: {name: web}}");
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("plan")]
    [InlineData("plan -f $folder/web.yaml")]
    [InlineData("explain default/web")]
    [InlineData("validate")]
    [InlineData("move 192.0.2.10 n1")]
    [InlineData("rebalance")]
    [InlineData("drain n1", "lbspeaker: node n1 cannot be annotated: HTTP 403: nodes \"n1\" is forbidden: User \"system:serviceaccount:default:stranger\" cannot patch resource \"nodes\" in API group \"\" at the cluster scope")]
    [InlineData("drain --off n1", "lbspeaker: node n1 cannot be annotated: HTTP 403: nodes \"n1\" is forbidden: User \"system:serviceaccount:default:stranger\" cannot patch resource \"nodes\" in API group \"\" at the cluster scope")]
    public async Task Without_rights_it_says_the_verb_the_resource_and_what_to_grant(
        string line, string says = "lbspeaker: the cluster could not be listed: api/v1/services: HTTP 403: services is forbidden: User \"system:serviceaccount:default:stranger\" cannot list resource \"services\" in API group \"\" at the cluster scope")
    {
        CommandLine run = await RunAsync(line, "stranger");
        Assert.Equal((2, says + Grant, ""), (run.ExitCode, run.Error, run.Output));
    }

    [Fact]
    public async Task The_doctor_finds_what_may_not_be_done()
    {
        CommandLine run = await RunAsync("doctor", "stranger");
        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.Contains("RightMissing", run.Output, StringComparison.Ordinal);
        Assert.Contains("list services", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("plan")]
    [InlineData("explain default/web")]
    [InlineData("validate")]
    [InlineData("doctor")]
    [InlineData("move 192.0.2.10 n1")]
    [InlineData("rebalance")]
    [InlineData("drain n1")]
    public async Task With_a_token_that_has_expired_it_says_so(string line)
    {
        CommandLine run = await RunAsync(line, "expired");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("lbspeaker: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("HTTP 401: Unauthorized", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("check the kubeconfig (--kubeconfig, KUBECONFIG)\n", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(c => c == '\n'));
    }

    /// <summary>A disk that is full under standard output, or under both.</summary>
    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    [InlineData("plan --from $samples")]
    [InlineData("plan --from $samples -o json")]
    [InlineData("explain --from $samples default/web")]
    [InlineData("validate --from $samples")]
    [InlineData("status --from $samples")]
    [InlineData("completion bash")]
    public async Task With_a_full_disk_it_says_so_in_one_line(string line)
    {
        StringWriter error = new();
        string[] args = line.Replace("$samples", Repository.PathOf("samples", "layer2-basic"), StringComparison.Ordinal).Split(' ');
        Assert.Equal(2, await RootVerb.RunAsync(CalledAs.Itself, args, new FullDisk(), error));
        Assert.Equal("lbspeaker: the output could not be written: No space left on device\n", error.ToString());
        Assert.Equal(2, await RootVerb.RunAsync(CalledAs.Itself, args, new FullDisk(), new FullDisk()));
    }

    private Task<CommandLine> RunAsync(string line, string token)
    {
        string kubeconfig = Path.Combine(folder.FullName, "kubeconfig");
        File.WriteAllText(kubeconfig, $$"""
            current-context: c
            contexts: [{name: c, context: {cluster: k, user: u} }]
            clusters: [{name: k, cluster: {server: "{{server.BaseAddress}}" } }]
            users: [{name: u, user: {token: {{token}} } }]
            """);
        return CommandLine.RunAsync([.. line.Replace("$folder", folder.FullName, StringComparison.Ordinal).Split(' '), "--kubeconfig", kubeconfig]);
    }

    private sealed class FullDisk : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("No space left on device");
    }
}
