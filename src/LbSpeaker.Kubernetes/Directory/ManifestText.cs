using System.Text;
using System.Text.Unicode;

namespace LbSpeaker.Kubernetes.Directory;

/// <summary>The text of a file that a person named.</summary>
public static class ManifestText
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="UnreadableInputException">It cannot be read, or is not UTF-8.</exception>
    public static string Of(string file)
    {
        try
        {
            return File.ReadAllText(file, StrictUtf8);
        }
        catch (DecoderFallbackException)
        {
            throw new UnreadableInputException(file, FirstLineThatIsNoText(file), "text in UTF-8");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableInputException(file, null, $"a readable file; {exception.Message}");
        }
    }

    private static int? FirstLineThatIsNoText(string file)
    {
        int number = 0;
        ReadOnlySpan<byte> text = File.ReadAllBytes(file);
        foreach (Range line in text.Split((byte)'\n'))
        {
            number++;
            if (!Utf8.IsValid(text[line])) return number;
        }
        return null;
    }
}
