using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LbSpeaker.Commands;

/// <summary>A verb whose help goes on behind the list of flags.</summary>
/// <param name="lesson">Examples, what the words of the output mean, and the exit codes.</param>
internal sealed class TaughtCommand(string name, string description, string lesson) : Command(name, description)
{
    /// <summary>Makes <c>--help</c> of a root command and all below it print the lessons, in the caller's spelling.</summary>
    public static void TeachIn(RootCommand root, CalledAs calledAs)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        // Windows' spellings would be proposed by every completion.
        foreach (string alias in help.Aliases.Where(a => a.StartsWith('/')).ToList()) help.Aliases.Remove(alias);
        help.Action = new Help((HelpAction)help.Action!, calledAs);
    }

    private sealed class Help(HelpAction flags, CalledAs calledAs) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            StringWriter text = new();
            parseResult.InvocationConfiguration.Output = text;
            int code = flags.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output = output;
            if (parseResult.CommandResult.Command is TaughtCommand taught) text.WriteLine(taught.Lesson);
            // The usage line names the file that was run.
            string[] halves = text.ToString().Split($"{UsageIndent}{RootCommand.ExecutableName}", 2);
            string said = halves is [var before, var after] ? $"{before}{UsageIndent}lbspeaker{after}" : halves[0];
            RootCommand root = (RootCommand)parseResult.RootCommandResult.Command;
            output.Write(calledAs.Spell(said, root.Subcommands.Select(c => c.Name)));
            return code;
        }
    }

    private const string UsageIndent = "\n  ";

    private string Lesson { get; } = lesson;
}
