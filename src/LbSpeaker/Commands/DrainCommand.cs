using System.CommandLine;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;

namespace LbSpeaker.Commands;

/// <summary><c>drain</c>: asks a node into maintenance, and waits until its speaker has withdrawn its routes.</summary>
internal static class DrainCommand
{
    private const string Lesson = """
        Examples:
          lbspeaker drain node-a                  its BGP routes ask for another path, then go; its sessions stay
          lbspeaker drain node-a --wait 60        give routers a minute to move traffic before the routes go
          lbspeaker drain node-a --off            back into service

        It sets the annotation lbspeaker.io/maintenance on the Node; kubectl annotate does the same. While it is there, the node's routes carry the
        community GRACEFUL_SHUTDOWN (65535:0, RFC 8326) and LOCAL_PREF 0; after the wait they are withdrawn. A cordon alone changes nothing.

        Exit code: 0 when it is done, 1 where the node's speaker does not follow in time, 2 for wrong usage or no way to the cluster.
        """;

    /// <summary>Between looks, and how long a speaker may take beyond the wait before it counts as absent.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500), Grace = TimeSpan.FromSeconds(30);

    public static Command Build()
    {
        Argument<string> node = new("node") { Description = "The Node, by name." };
        Option<int?> wait = new("--wait") { Description = "Seconds between asking for another path and withdrawing; without it the speaker's --maintenance-wait counts." };
        wait.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (!int.TryParse(result.Tokens[0].Value, out int given) || given is < 0 or > 86400))
                result.AddError($"--wait takes 0 to 86400 seconds, not '{result.Tokens[0].Value}'");
        });
        Option<bool> off = new("--off") { Description = "End the maintenance." };
        ClusterSource cluster = new();
        TaughtCommand command = new("drain", "Lead BGP traffic away from a node before maintenance, and back after it (--off).", Lesson) { node, wait, off };
        cluster.AddTo(command, fromDirectory: false);
        node.CompletionSources.Add(new Completion(cluster).Nodes);
        command.SetAction(async (parsed, ct) =>
        {
            using KubernetesMetrics metrics = new();
            using KubernetesApi api = cluster.Connect(parsed, metrics);
            NodeMaintenance maintenance = new(api, cluster.Scope(parsed).OwnNamespace);
            string name = parsed.GetValue(node)!;
            TimeSpan? asked = parsed.GetValue(wait) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            bool ends = parsed.GetValue(off);
            ApiResult result = ends ? await maintenance.EndAsync(name, ct).ConfigureAwait(false) : await maintenance.BeginAsync(name, asked, ct).ConfigureAwait(false);
            if (!result.IsOk) throw new StartException($"node {name} cannot be annotated: {result}{result.Advice}");
            return await FollowAsync(maintenance, name, ends ? MaintenancePhase.None : MaintenancePhase.Withdrawn, (asked ?? TimeSpan.FromSeconds(30)) + Grace, parsed.InvocationConfiguration.Output, ct).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> FollowAsync(NodeMaintenance maintenance, string node, MaintenancePhase wanted, TimeSpan patience, TextWriter output, CancellationToken ct)
    {
        long began = TimeProvider.System.GetTimestamp();
        MaintenancePhase? told = null;
        while (TimeProvider.System.GetElapsedTime(began) < patience)
        {
            MaintenancePhase? now = await maintenance.PhaseAsync(node, ct).ConfigureAwait(false);
            if (now != told && now is { } phase && (phase == wanted || phase == MaintenancePhase.Draining)) output.WriteLine(Words(node, phase));
            told = now;
            if (now == wanted) return ExitCodes.Ok;
            await Task.Delay(Look, ct).ConfigureAwait(false);
        }
        output.WriteLine($"node {node} is asked, but its speaker {(told is null ? "says nothing: does it run?" : $"does not follow: it says {told}")}");
        return ExitCodes.Wrong;
    }

    private static string Words(string node, MaintenancePhase phase) => phase switch
    {
        MaintenancePhase.Draining => $"node {node} asks routers for another path",
        MaintenancePhase.Withdrawn => $"node {node} has withdrawn its routes; its sessions stay",
        _ => $"node {node} is in service",
    };
}
