using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LbSpeaker.Commands;

/// <summary>A verb whose help goes on behind the list of flags.</summary>
/// <param name="lesson">Examples, what the words of the output mean, and the exit codes.</param>
internal sealed class TaughtCommand(string name, string description, string lesson) : Command(name, description)
{
    /// <summary>Makes <c>--help</c> of a root command and all below it print the lessons.</summary>
    public static void TeachIn(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new Help((HelpAction)help.Action!);
    }

    private sealed class Help(HelpAction flags) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = flags.Invoke(parseResult);
            if (parseResult.CommandResult.Command is TaughtCommand taught) parseResult.InvocationConfiguration.Output.WriteLine(taught.Lesson);
            return code;
        }
    }

    private string Lesson { get; } = lesson;
}
