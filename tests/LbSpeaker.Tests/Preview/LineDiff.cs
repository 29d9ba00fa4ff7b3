using System.Text;

namespace LbSpeaker.Tests.Preview;

/// <summary>Two texts line by line: what only the first has (<c>-</c>), what only the second has (<c>+</c>), and some lines around them.</summary>
internal static class LineDiff
{
    private const int Context = 4;

    public static string Of(string expected, string actual)
    {
        string[] left = expected.Split('\n'), right = actual.Split('\n');
        // common[i, j]: how many lines the rests from i and j have in common.
        int[,] common = new int[left.Length + 1, right.Length + 1];
        for (int i = left.Length - 1; i >= 0; i--)
            for (int j = right.Length - 1; j >= 0; j--)
                common[i, j] = left[i] == right[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);

        List<(char Sign, string Line)> lines = [];
        int at = 0, with = 0;
        while (at < left.Length || with < right.Length)
            if (at < left.Length && with < right.Length && left[at] == right[with])
            {
                lines.Add((' ', left[at++]));
                with++;
            }
            else if (with == right.Length || at < left.Length && common[at + 1, with] >= common[at, with + 1]) lines.Add(('-', left[at++]));
            else lines.Add(('+', right[with++]));

        StringBuilder text = new();
        for (int i = 0; i < lines.Count; i++)
            if (Enumerable.Range(i - Context, 2 * Context + 1).Any(n => n >= 0 && n < lines.Count && lines[n].Sign != ' '))
                text.Append(lines[i].Sign).Append(' ').Append(lines[i].Line).Append('\n');
        return text.ToString();
    }
}
