using System.CommandLine;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary><c>status</c>: one page on the cluster.</summary>
internal static class StatusCommand
{
    private const string Lesson = """
        Examples:
          lbspeaker status                              is anything wrong?
          lbspeaker status -o json | jq .notAnnounced
          lbspeaker status --from DUMP                  of a cluster that somebody else has (kubectl get … -A -o yaml into a directory)

        Who leads the controllers, the speaker of each node (alive, hearing the others, its image), pools and how full they are, problems of configuration, Services that wait and
        addresses that are not announced, each with its reason, and BGP sessions that are down. Leases, Pods and ConfigurationStates that may not be read are left out, with a warning.

        Exit code: 0 when nothing is wrong, 1 when something is, 2 for wrong usage, unreadable input or no way to the cluster.
        """;

    public static Command Build()
    {
        ClusterSource cluster = new();
        Option<string> output = OutputForm.Option();
        TaughtCommand command = new("status", "One page on the cluster: who leads, which speakers live, pools, and all that is wrong.", Lesson) { output };
        cluster.AddTo(command, fromDirectory: true);
        command.SetAction(async (parsed, ct) =>
        {
            PreviewInput input = await cluster.ReadAsync(parsed, ct).ConfigureAwait(false);
            ClusterStatus status = ClusterStatus.Of(input, cluster.Preview(parsed, input.Snapshot), cluster.IsDirectory(parsed) ? null : TimeProvider.System.GetUtcNow());
            parsed.Write(output, () => StatusForm.Text(status, input.Warnings), json => StatusForm.Write(json, status));
            return ExitCodes.Of(status.Wrong == 0);
        });
        return command;
    }
}
