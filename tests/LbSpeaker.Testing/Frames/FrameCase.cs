namespace LbSpeaker.Testing.Frames;

/// <summary>A frame from the wire, and what comes of it: the reply that it gets, what is heard in it of another host ("how hardware-address address"), or the reason why it is ignored.</summary>
public sealed record FrameCase(string Name, byte[] Frame, byte[]? Reply, string? Heard, string? Ignored)
{
    public static IReadOnlyList<FrameCase> ReadAll(string folder) => [.. HexFile.ReadAll("Cases", folder).Select(f => Of(folder, f))];

    private static FrameCase Of(string folder, HexFile file) => file.Sections switch
    {
        [{ Word: "frame" } frame, { Word: "reply", Octets.Length: > 0 } reply] => new($"{folder}/{file.Name}", frame.Octets, reply.Octets, null, null),
        [{ Word: "frame" } frame, { Word: "reply", Octets.Length: > 0 } reply, { Word: "heard", Argument.Length: > 0 } heard] => new($"{folder}/{file.Name}", frame.Octets, reply.Octets, heard.Argument, null),
        [{ Word: "frame" } frame, { Word: "heard", Argument.Length: > 0 } heard] => new($"{folder}/{file.Name}", frame.Octets, null, heard.Argument, null),
        [{ Word: "frame" } frame, { Word: "ignored", Argument.Length: > 0 } ignored] => new($"{folder}/{file.Name}", frame.Octets, null, null, ignored.Argument),
        _ => throw new FormatException($"{file.Name}: a case is a frame, and then a reply, what is heard, both, or the reason why it is ignored"),
    };

    public override string ToString() => Name;
}
