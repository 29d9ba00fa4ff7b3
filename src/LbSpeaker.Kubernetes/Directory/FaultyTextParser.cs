using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>
/// The package's parser, which answers some malformed texts with exceptions other than its own (a quote inside a plain scalar of a flow sequence, a tag that is
/// cut off, a document end before any document). Here they are all <see cref="YamlException"/>, at the place that was reached.
/// </summary>
internal sealed class FaultyTextParser(IParser parser) : IParser
{
    public ParsingEvent? Current => parser.Current;

    public bool MoveNext()
    {
        try
        {
            return parser.MoveNext();
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException)
        {
            Mark reached = Current?.End ?? Mark.Empty;
            throw new YamlException(reached, reached, "what follows here cannot be read", failure);
        }
    }
}
