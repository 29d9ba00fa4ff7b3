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
            // One line, of several errors the one that names a word: that a verb is missing follows from one that is mistyped.
            string told = string.Join(' ', parsed.Errors.OrderBy(e => !e.Message.Contains('\'')).First().Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            error.WriteLine($"lbspeaker: {told} (lbspeaker --help lists verbs and flags)");
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

    private static RootCommand Build()
    {
        RootCommand root = new("""
            LbSpeaker gives Services of type LoadBalancer an address on clusters without a cloud, and makes the network deliver it.

            In a cluster:   lbspeaker controller   gives addresses (one leader, others stand by)
                            lbspeaker speaker      answers ARP and NDP for them, one on each node
            Before it:      lbspeaker validate --from DIR     is my YAML in order?
                            lbspeaker plan --from DIR         who would get what, announced where?
            In trouble:     lbspeaker explain default/web     why has this Service no address, or no answer?
            """);
        root.Add(ControllerCommand.Build());
        root.Add(SpeakerCommand.Build());
        foreach (Command command in new PreviewCommands().All()) root.Add(command);
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

    /// <summary>The one line for failures that a person can cure; null for those that are our own bugs and must be seen whole.</summary>
    private static string? Cure(Exception failure) => failure switch
    {
        StartException or KubeconfigException or Layer2StartException or Kubernetes.Directory.UnreadableInputException => failure.Message,
        AggregateException { InnerException: { } inner } => Cure(inner),
        _ => null,
    };
}
