namespace LbSpeaker.Core.Cluster;

/// <summary>
/// Who is older. Objects with a creation time come first, by that time; those without follow in document order.
/// Ties are the caller's to break, by namespace and name.
/// </summary>
/// <param name="Created">metadata.creationTimestamp, or null in a directory that gives none.</param>
/// <param name="Ordinal">Position among the documents read (files by name); 0 in a cluster.</param>
public readonly record struct Age(DateTimeOffset? Created, int Ordinal) : IComparable<Age>
{
    public int CompareTo(Age other)
    {
        if (Created is { } mine && other.Created is { } theirs) return mine.CompareTo(theirs);
        if (Created is null != other.Created is null) return Created is null ? 1 : -1;
        return Ordinal.CompareTo(other.Ordinal);
    }

    public static bool operator <(Age left, Age right) => left.CompareTo(right) < 0;

    public static bool operator >(Age left, Age right) => left.CompareTo(right) > 0;

    public static bool operator <=(Age left, Age right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Age left, Age right) => left.CompareTo(right) >= 0;
}
