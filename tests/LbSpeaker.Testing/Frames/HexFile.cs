namespace LbSpeaker.Testing.Frames;

/// <summary>A part of a case file: a word, maybe an argument, and the octets of the lines below it.</summary>
public sealed record HexSection(string Word, string Argument, byte[] Octets);

/// <summary>
/// A case of octets: one field a line in hexadecimal, what it is behind a <c>#</c>. A line that starts with a letter beyond f begins a section.
/// </summary>
public sealed record HexFile(string Name, IReadOnlyList<HexSection> Sections)
{
    /// <summary>Every case below a folder of the test's output. A folder without any is a mistake, and thrown.</summary>
    public static IReadOnlyList<HexFile> ReadAll(params string[] folder)
    {
        string root = Path.Combine([AppContext.BaseDirectory, .. folder]);
        string[] paths = Directory.Exists(root) ? Directory.GetFiles(root, "*.hex") : [];
        if (paths.Length == 0) throw new InvalidOperationException($"no case in {root}");
        return [.. paths.Order(StringComparer.Ordinal).Select(Read)];
    }

    private static HexFile Read(string path)
    {
        List<HexSection> sections = [];
        foreach (string line in File.ReadLines(path).Select(l => l.Split('#')[0].Trim()).Where(l => l.Length > 0))
            if (char.IsAsciiHexDigit(line[0]) && line.All(char.IsAsciiHexDigit) && sections.Count > 0)
                sections[^1] = sections[^1] with { Octets = [.. sections[^1].Octets, .. Convert.FromHexString(line)] };
            else if (line.Split(' ', 2) is [string word, .. string[] argument] && char.IsAsciiLetter(word[0]))
                sections.Add(new(word, string.Concat(argument), []));
            else throw new FormatException($"{path}: '{line}' is neither octets nor a section");
        return new(Path.GetFileNameWithoutExtension(path), sections);
    }
}
