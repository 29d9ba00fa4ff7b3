using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>The events of a YAML text. Whatever the parser throws over one is told as what was expected, and on which line.</summary>
internal sealed class YamlEvents : IParser
{
    private readonly string file;
    private readonly Scanner scanner;
    private readonly Parser parser;

    public YamlEvents(string file, string text)
    {
        this.file = file;
        scanner = new(new StringReader(text), skipComments: true);
        parser = new(scanner);
    }

    public ParsingEvent? Current => parser.Current;

    /// <exception cref="UnreadableInputException">The text is not YAML.</exception>
    public bool MoveNext()
    {
        try
        {
            return parser.MoveNext();
        }
        catch (YamlException exception)
        {
            // A tab is told of where the mapping begins that it stands in.
            bool isTab = exception.Message.Contains("tab as indentation", StringComparison.Ordinal);
            throw Unreadable(isTab ? scanner.CurrentPosition : exception.Start, exception.Message.Split('\n', 2)[0].Replace("  ", " ", StringComparison.Ordinal).Trim());
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // The scanner's own slips over broken text: a bracket that is not closed, half a surrogate pair.
            throw Unreadable(scanner.CurrentPosition, "something above, such as a bracket, is not closed, or a character cannot be");
        }
    }

    private UnreadableInputException Unreadable(Mark at, string why) => new(file, (int)Math.Max(1, at.Line), $"YAML; {why}");
}
