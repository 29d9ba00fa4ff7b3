namespace LbSpeaker.Testing.Frames;

/// <summary>A frame from the wire, and the reply that it gets or the reason why it gets none.</summary>
public sealed record FrameCase(string Name, byte[] Frame, byte[]? Reply, string? Ignored)
{
    public static IReadOnlyList<FrameCase> ReadAll(string folder) => [.. HexFile.ReadAll("Cases", folder).Select(f => Of(folder, f))];

    private static FrameCase Of(string folder, HexFile file) => file.Sections switch
    {
        [{ Word: "frame" } frame, { Word: "reply", Octets.Length: > 0 } reply] => new($"{folder}/{file.Name}", frame.Octets, reply.Octets, null),
        [{ Word: "frame" } frame, { Word: "ignored", Argument.Length: > 0 } ignored] => new($"{folder}/{file.Name}", frame.Octets, null, ignored.Argument),
        _ => throw new FormatException($"{file.Name}: a case is a frame, and then a reply or the reason why it is ignored"),
    };

    public override string ToString() => Name;
}
