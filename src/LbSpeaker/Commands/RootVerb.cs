using System.CommandLine;
using LbSpeaker.Hosting;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Layer2;

namespace LbSpeaker.Commands;

/// <summary>The verbs of <c>lbspeaker</c>, and what each way of failing looks like: one line on standard error and exit code 2.</summary>
internal static class RootVerb
{
    /// <param name="calledAs">How the caller spells this program.</param>
    /// <param name="output">What a verb has to say.</param>
    /// <param name="error">Why it could not say it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(CalledAs calledAs, string[] args, TextWriter output, TextWriter error)
    {
        RootCommand root = Build(calledAs);
        if (calledAs.Completes) return Completion.Write(root, args, output);
        if (args is [Completion.Word, ..]) return Completion.Write(root, args[1..], output);
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"lbspeaker: {calledAs.Spell(Complaint(parsed), root.Subcommands.Select(c => c.Name))}");
            return ExitCodes.Failed;
        }
        try
        {
            InvocationConfiguration invocation = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(invocation).ConfigureAwait(false);
        }
        catch (Exception failure) when (Cure(failure) is { } line)
        {
            return Fail(line, error);
        }
        // What a verb reads is judged where it is read; what is left is a full disk under what it says. A daemon's failure keeps its whole trace.
        catch (IOException full) when (parsed.CommandResult.Command.Name is not ("controller" or "speaker" or "ui"))
        {
            return Fail($"the output could not be written: {full.Message}", error);
        }
    }

    private static int Fail(string line, TextWriter error)
    {
        try
        {
            error.WriteLine($"lbspeaker: {line}");
        }
        catch (IOException)
        {
            // Standard error is full too: the exit code is all that is left.
        }
        return ExitCodes.Failed;
    }

    /// <param name="calledAs">What usage texts call this program.</param>
    internal static RootCommand Build(CalledAs calledAs)
    {
        RootCommand root = new("""
            LbSpeaker gives Services of type LoadBalancer an address on clusters without a cloud, and makes the network deliver it.

            In a cluster:   lbspeaker controller   gives addresses (one leader, others stand by)
                            lbspeaker speaker      answers ARP and NDP for them and tells routers by BGP, one on each node
            Before it:      lbspeaker validate --from DIR     is my YAML in order?
                            lbspeaker plan --from DIR         who would get what, announced where?
                            lbspeaker plan -f CHANGE.yaml     what would this change do?
                            lbspeaker convert -f OLD.yaml     from MetalLB's ConfigMap, kube-vip or PureLB
            In trouble:     lbspeaker status                  is anything wrong?
                            lbspeaker explain default/web     why has this Service no address, or no answer?
                            lbspeaker doctor                  what around LbSpeaker is not as it must be?
                            lbspeaker trace ADDRESS           what did the speakers see and answer on the wire?
            To look at:     lbspeaker ui                      one page: pools, nodes, sessions, who waits and why
            Maintenance:    lbspeaker drain NODE              lead traffic away from a node, without losing a packet
                            lbspeaker move ADDRESS NODE       let another node own an address at Layer 2
                            lbspeaker rebalance               spread the addresses evenly again

            Linked as kubectl-lbspeaker into the PATH it is kubectl lbspeaker.
            Exit code: 0 nothing is wrong, 1 something is, 2 it could not be done, 3 a planned change takes addresses that are in use.
            """);
        root.Add(ControllerCommand.Build());
        root.Add(SpeakerCommand.Build());
        foreach (Command command in new PreviewCommands().All()) root.Add(command);
        root.Add(StatusCommand.Build());
        root.Add(new DoctorCommand().Build());
        root.Add(new TraceCommand().Build());
        root.Add(ConvertCommand.Build());
        root.Add(new UiCommand().Build());
        root.Add(DrainCommand.Build());
        foreach (Command command in new OwnershipCommands().All()) root.Add(command);
        Command version = new("version", "Print the version.");
        version.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine($"lbspeaker {BuildInfo.Version}");
            return ExitCodes.Ok;
        });
        root.Add(CompletionCommand.Build());
        root.Add(version);
        TaughtCommand.TeachIn(root, calledAs);
        return root;
    }

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
