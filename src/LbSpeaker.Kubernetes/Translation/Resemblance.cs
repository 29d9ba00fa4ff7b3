namespace LbSpeaker.Kubernetes.Translation;

/// <summary>Guesses which field a mistyped one was meant to be.</summary>
internal static class Resemblance
{
    /// <summary>The known name that at most two changed letters make of <paramref name="name"/>; null where none is that near.</summary>
    public static string? Nearest(string name, ReadOnlySpan<string> known)
    {
        string? nearest = null;
        int best = Math.Min(3, name.Length);
        foreach (string candidate in known)
        {
            int distance = Distance(name, candidate);
            if (distance >= best) continue;
            best = distance;
            nearest = candidate;
        }
        return nearest;
    }

    /// <summary>Levenshtein's edit distance, letter case aside.</summary>
    private static int Distance(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > 2) return int.MaxValue;
        int[] row = new int[right.Length + 1];
        for (int j = 0; j < row.Length; j++) row[j] = j;
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = diagonal + (char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
