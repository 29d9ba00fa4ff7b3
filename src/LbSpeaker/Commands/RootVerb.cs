using System.CommandLine;
using System.Reflection;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Layer2;

namespace LbSpeaker.Commands;

/// <summary>The verbs of <c>lbspeaker</c>, and what each way of failing looks like: one line on standard error and exit code 2.</summary>
internal static class RootVerb
{
    public const int Failed = 2;

    public static async Task<int> RunAsync(string[] args)
    {
        ParseResult parsed = Build().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            Console.Error.WriteLine($"lbspeaker: {parsed.Errors[0].Message} (lbspeaker --help lists verbs and flags)");
            return Failed;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }).ConfigureAwait(false);
        }
        catch (Exception failure) when (Cure(failure) is { } line)
        {
            Console.Error.WriteLine($"lbspeaker: {line}");
            return Failed;
        }
    }

    internal static RootCommand Build()
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
        version.SetAction(_ =>
        {
            Console.Out.WriteLine($"lbspeaker {Version}");
            return 0;
        });
        root.Add(version);
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
