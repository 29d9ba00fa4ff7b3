using System.CommandLine;
using System.Text.Json;
using LbSpeaker.Core.Values;
using LbSpeaker.Doctor;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary><c>doctor</c>: what around LbSpeaker keeps it from working, and the way from MetalLB to it. It changes nothing.</summary>
internal sealed class DoctorCommand
{
    private const string Lesson = """
        Examples:
          lbspeaker doctor                              from a desk: the cluster
          lbspeaker doctor --node                       on a node, as root: that machine too
          lbspeaker doctor --takeover                   before LbSpeaker takes over from MetalLB: every Service's address, what stands in the way, the commands in order
          lbspeaker doctor --from DUMP --takeover       the same for a dump of a cluster (Services, nodes, metallb.io, Deployments, DaemonSets, webhooks, definitions)

        Each finding has a name, which stays the same, what was found, and what to do. What could not be looked at is said to be not examined.

        Exit code: 0 when nothing is wrong (of a take-over: every address stays, and nothing stands in the way), 1 otherwise, 2 for wrong usage or no way to the cluster.
        """;

    private readonly ClusterSource cluster = new();
    private readonly Option<string> output = OutputForm.Option();
    private readonly Option<bool> node = new("--node") { Description = "This machine is a node: look at its ports, interfaces and kernel too." };
    private readonly Option<bool> takeover = new("--takeover") { Description = "Show what would differ if LbSpeaker took over from MetalLB now." };

    public Command Build()
    {
        TaughtCommand command = new("doctor", "Find what around LbSpeaker keeps it from working, and say what to do.", Lesson) { node, takeover, output };
        cluster.AddTo(command, fromDirectory: true);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        (PreviewInput input, string? version, ValueArray<(Right, bool?)> rights) = cluster.IsDirectory(parsed) ? (await cluster.ReadAsync(parsed, ct).ConfigureAwait(false), null, []) : await AskAsync(parsed, ct).ConfigureAwait(false);
        ClusterPreview preview = cluster.Preview(parsed, input.Snapshot);
        ClusterStatus status = ClusterStatus.Of(input, preview, input.Objects.IsLive ? TimeProvider.System.GetUtcNow() : null);
        DoctorFacts facts = new(preview, status, ClusterSurvey.Of(input.Objects), input.Objects.IsLive, version, rights, parsed.GetValue(node) ? ThisNode.Look() : null);
        IReadOnlyList<Finding> findings = Checks.Of(facts);
        Takeover? way = parsed.GetValue(takeover) ? Takeover.Of(facts, findings) : null;
        parsed.Write(output, () => DoctorForm.Text(findings, way, input.Warnings), json => DoctorForm.Write(json, findings, way));
        return ExitCodes.Of(way is null ? !findings.Any(f => f.IsWrong) : way.KeepsEveryAddress && way.InTheWay.Count == 0 && way.JudgedOtherwise.Count == 0);
    }

    private async Task<(PreviewInput, string?, ValueArray<(Right, bool?)>)> AskAsync(ParseResult parsed, CancellationToken ct)
    {
        PreviewScope scope = cluster.Scope(parsed);
        using KubernetesMetrics metrics = new();
        using KubernetesApi api = cluster.Connect(parsed, metrics);
        ApiResult version = await api.GetAsync("version", ct).ConfigureAwait(false);
        if (!version.IsOk) throw new StartException($"the API server {api.Server} cannot be asked: {version}; check the kubeconfig (--kubeconfig, KUBECONFIG)");
        Manifests objects = await Manifests.OfSurveyAsync(api, scope.OwnNamespace, scope.ConfigNamespaces, ct).ConfigureAwait(false);
        List<(Right, bool?)> rights = [];
        foreach (Right right in Manifests.RightsToLook(scope.OwnNamespace, scope.ConfigNamespaces)) rights.Add((right, await OwnRights.IsAllowedAsync(api, right, ct).ConfigureAwait(false)));
        using JsonDocument json = JsonDocument.Parse(version.Body);
        return (PreviewInput.Of(objects, scope), json.RootElement.TryGetProperty("gitVersion", out JsonElement git) ? git.ToString() : "", rights.ToValueArray());
    }
}
