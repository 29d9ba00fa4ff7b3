namespace LbSpeaker.Lab.Tests.Server;

/// <summary>The recordings and the list of those that are answered differently on purpose.</summary>
internal static class Recorded
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "recorded");

    public static IReadOnlyList<string> Files() => [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<Exchange> Load(string file) => Exchange.Load(Path.Combine(Folder, file));

    /// <summary>What has to be there before a file's exchanges, beside what the files before it leave.</summary>
    public static IReadOnlyList<Exchange> Setup(string file)
    {
        var path = Path.Combine(Folder, "setup", file[..2] + ".json");
        return File.Exists(path) ? Exchange.Load(path) : [];
    }

    /// <summary>Case to reason; a line is <c>file[index] reason</c>, blank lines and # are skipped.</summary>
    public static IReadOnlyDictionary<string, string> Refused() => File.ReadLines(Path.Combine(Folder, "refused.txt"))
        .Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(' ', 2)).ToDictionary(p => p[0], p => p[1].Trim());
}
