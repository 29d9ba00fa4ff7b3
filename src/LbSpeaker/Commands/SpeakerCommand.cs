using System.CommandLine;
using LbSpeaker.Speaker;

namespace LbSpeaker.Commands;

/// <summary>What a speaker is told besides what both daemons are.</summary>
/// <param name="MaintenanceWait">For how long the routes of a node in maintenance say that they go before they do, where its annotation names no duration.</param>
internal sealed record SpeakerSettings(DaemonSettings Daemon, string Node, string? ExcludeInterfacesFile, TimeSpan MaintenanceWait);

internal static class SpeakerCommand
{
    public static Command Build()
    {
        Option<string?> node = new("--node-name")
        {
            Description = "The Node that this speaker runs on. Environment: LBSPEAKER_NODE_NAME.",
            DefaultValueFactory = _ => CommonOptions.FromEnvironment("LBSPEAKER_NODE_NAME"),
        };
        Option<string?> excluded = new("--exclude-interfaces-file")
        {
            Description = "YAML with announcedInterfacesToExclude: a list of regular expressions. A file that does not exist leaves the built-in list.",
            DefaultValueFactory = _ => "/etc/lbspeaker/excludel2.yaml",
        };
        Option<int> wait = new("--maintenance-wait")
        {
            Description = "Seconds for which the BGP routes of a node with the annotation lbspeaker.io/maintenance ask routers for another path (RFC 8326) before they are withdrawn.",
            DefaultValueFactory = _ => 30,
        };
        wait.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && (!int.TryParse(result.Tokens[0].Value, out int given) || given is < 0 or > 86400))
                result.AddError($"--maintenance-wait takes 0 to 86400 seconds, not '{result.Tokens[0].Value}'");
        });
        Command command = new("speaker", """
            Announce the addresses of Services from this node: answer ARP (IPv4) and NDP (IPv6) on its interfaces, and tell routers by BGP. Run one on each node, in the host's network.

            It needs the capability NET_RAW, and libpcap. BGP sessions that wait for their router (passive) need NET_BIND_SERVICE too.
            """) { node, excluded, wait };
        DaemonOptions options = new();
        options.AddTo(command);
        command.SetAction(async (parsed, ct) =>
        {
            string name = parsed.GetValue(node) ?? throw new StartException("the speaker needs its node's name: give --node-name or set LBSPEAKER_NODE_NAME (in a pod: fieldRef spec.nodeName)");
            // The kubelet of its own node asks, and nobody else on the node's network has to.
            DaemonSettings daemon = options.Read(parsed) with { ProbesStayOnLoopback = true };
            await SpeakerHost.RunAsync(new(daemon, name, parsed.GetValue(excluded), TimeSpan.FromSeconds(parsed.GetValue(wait))), ct).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
        return command;
    }
}
