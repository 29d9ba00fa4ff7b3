using System.Text.RegularExpressions;

namespace LbSpeaker.Testing;

/// <summary>The README of a room, so that what it says can be held against the code. What is missing in it is an <see cref="InvalidDataException"/>.</summary>
/// <param name="room">The folder below src, such as <c>LbSpeaker.Bfd</c>.</param>
public sealed partial class RoomReadme(string room)
{
    public string Text { get; } = File.ReadAllText(Repository.PathOf("src", room, "README.md"));

    /// <summary>What stands under a heading, up to the next one of any depth.</summary>
    /// <param name="heading">With its <c>#</c>s.</param>
    public string Section(string heading)
    {
        int start = Text.IndexOf($"\n{heading}\n", StringComparison.Ordinal);
        if (start < 0) throw new InvalidDataException($"{room} has no section '{heading}'");
        int end = Text.IndexOf("\n#", start + 1, StringComparison.Ordinal);
        return end < 0 ? Text[start..] : Text[start..end];
    }

    /// <summary>The rows of a section's table that begin with a name in backquotes.</summary>
    public (string Name, string[] Cells)[] Rows(string heading) =>
        [.. Row().Matches(Section(heading)).Select(m => (m.Groups[1].Value, m.Groups[2].Value.Split('|', StringSplitOptions.TrimEntries)))];

    /// <summary>The names of a table, each of which is explained in its last cell.</summary>
    public IEnumerable<string> Names(string heading)
    {
        (string Name, string[] Cells)[] rows = Rows(heading);
        if (rows.FirstOrDefault(r => r.Cells[^1].Length <= 10) is { Name: { } silent }) throw new InvalidDataException($"{silent} says nothing");
        return rows.Select(r => r.Name);
    }

    [GeneratedRegex(@"^\| `(\w+)` \| (.+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
