namespace LbSpeaker.Core.Tests;

/// <summary>One case of a table: a title (<c>## …</c>), lines that make a cluster, and lines that say what comes of it.</summary>
public sealed record TextCase(string Table, string Title, IReadOnlyList<string> Given, IReadOnlyList<string> Expected)
{
    public override string ToString() => $"{Table}: {Title}";

    private static readonly string[] Inputs = ["pool ", "l2 ", "namespace ", "claim ", "service "];

    public static IEnumerable<TextCase> ReadAll(string folder)
    {
        string root = Path.Combine(AppContext.BaseDirectory, folder, "Cases");
        foreach (string path in Directory.GetFiles(root, "*.txt").Order(StringComparer.Ordinal))
        {
            string? title = null;
            List<string> lines = [];
            foreach (string line in File.ReadLines(path).Append("## "))
            {
                if (line.StartsWith("## ", StringComparison.Ordinal))
                {
                    if (title is not null) yield return Make(Path.GetFileNameWithoutExtension(path), title, lines);
                    title = line[3..];
                    lines = [];
                }
                else if (line.Length > 0 && !line.StartsWith('#')) lines.Add(line.Trim());
            }
        }
    }

    private static TextCase Make(string file, string title, List<string> lines) => new(
        file, title,
        [.. lines.Where(IsInput)],
        [.. lines.Where(l => !IsInput(l))]);

    private static bool IsInput(string line) => Array.Exists(Inputs, i => line.StartsWith(i, StringComparison.Ordinal));
}
