using System.CommandLine;
using LbSpeaker.Speaker;

namespace LbSpeaker.Commands;

/// <summary>What a speaker is told besides what both daemons are.</summary>
internal sealed record SpeakerSettings(DaemonSettings Daemon, string Node, string? ExcludeInterfacesFile);

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
        Command command = new("speaker", """
            Announce the addresses of Services from this node: answer ARP (IPv4) and NDP (IPv6) on its interfaces. Run one on each node, in the host's network.

            It needs the capability NET_RAW, and libpcap.
            """) { node, excluded };
        DaemonOptions options = new();
        options.AddTo(command);
        command.SetAction(async (parsed, ct) =>
        {
            string name = parsed.GetValue(node) ?? throw new StartException("the speaker needs its node's name: give --node-name or set LBSPEAKER_NODE_NAME (in a pod: fieldRef spec.nodeName)");
            await SpeakerHost.RunAsync(new(options.Read(parsed), name, parsed.GetValue(excluded)), ct).ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
