using System.CommandLine;
using System.Reflection;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Layer2;

namespace LbSpeaker.Commands;

/// <summary>The verbs of <c>lbspeaker</c>, and what each way of failing looks like: one line on standard error and exit code 2.</summary>
internal static class RootVerb
{
    public const int Failed = 2;

    /// <param name="output">What a verb has to say.</param>
    /// <param name="error">Why it could not say it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        ParseResult parsed = Build().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"lbspeaker: {Complaint(parsed)}");
            return Failed;
        }
        try
        {
            InvocationConfiguration invocation = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
        }
        catch (Exception failure) when (Cure(failure) is { } line)
        {
            error.WriteLine($"lbspeaker: {line}");
            return Failed;
        }
    }

    internal static RootCommand Build()
    {
        RootCommand root = new("""
            LbSpeaker gives Services of type LoadBalancer an address on clusters without a cloud, and makes the network deliver it.

            In a cluster:   lbspeaker controller   gives addresses (one leader, others stand by)
                            lbspeaker speaker      answers ARP and NDP for them and tells routers by BGP, one on each node
            Before it:      lbspeaker validate --from DIR     is my YAML in order?
                            lbspeaker plan --from DIR         who would get what, announced where?
            In trouble:     lbspeaker explain default/web     why has this Service no address, or no answer?
            To look at:     lbspeaker ui                      one page: pools, nodes, sessions, who waits and why
            Maintenance:    lbspeaker drain NODE              lead traffic away from a node, without losing a packet
                            lbspeaker move ADDRESS NODE       let another node own an address at Layer 2
                            lbspeaker rebalance               spread the addresses evenly again
            """);
        root.Add(ControllerCommand.Build());
        root.Add(SpeakerCommand.Build());
        foreach (Command command in new PreviewCommands().All()) root.Add(command);
        root.Add(new UiCommand().Build());
        root.Add(DrainCommand.Build());
        foreach (Command command in new OwnershipCommands().All()) root.Add(command);
        Command version = new("version", "Print the version.");
        version.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine($"lbspeaker {Version}");
            return 0;
        });
        root.Add(version);
        TaughtCommand.TeachIn(root);
        return root;
    }

    public static string Version { get; } =
        typeof(RootVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private static string Complaint(ParseResult parsed)
    {
        Command verb = parsed.CommandResult.Command;
        if (verb is not RootCommand) return $"{string.Join(' ', parsed.Errors[0].Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))} (lbspeaker {verb.Name} --help lists the flags)";
        string verbs = string.Join(", ", verb.Subcommands.Select(c => c.Name));
        return parsed.UnmatchedTokens is [string word, ..] ? $"there is no verb '{word}'; the verbs are {verbs}" : $"a verb is missing; the verbs are {verbs}";
    }

    /// <summary>The one line for failures that a person can cure; null for those that are our own bugs and must be seen whole.</summary>
    private static string? Cure(Exception failure) => failure switch
    {
        StartException or KubeconfigException or Layer2StartException or Kubernetes.Directory.UnreadableInputException => failure.Message,
        AggregateException { InnerException: { } inner } => Cure(inner),
        _ => null,
    };
}
